"""What every shop's API comes down to here: pages of customers, products and orders, and single ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connectors.objects import Item


@dataclass(frozen=True)
class Page:
    """``cursor`` leads to the next page; "" is the end."""

    items: Sequence[Item]
    cursor: str


class ShopApi(Protocol):
    def page(self, *, kind: str, since: datetime | None, cursor: str) -> Page:
        """Objects of one kind, all or those changed since. Raises ShopProblem, BadMessage."""

    def one(self, *, kind: str, source_id: str) -> Sequence[Item]:
        """One object, empty where the shop has none of this id. Raises ShopProblem, BadMessage."""

    def close(self) -> None: ...
