"""Where apps register what they know of members for a mail-merge file: the products to write about.

An app calls ``register_product_picks`` in its ``AppConfig.ready()``; nothing here knows where they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ProductPick:
    """One product for one member, and why, in the words of the current language."""

    sku: str
    name: str
    reason: str


Picks = Callable[[Sequence[int], int], Mapping[int, Sequence[ProductPick]]]
"""``picks(member_ids, n)``: at most n products for each member, best first; members may be missing."""

_picks: list[Picks] = []


def register_product_picks(picks: Picks) -> None:
    if picks not in _picks:
        _picks.append(picks)


def product_pick_sources() -> list[Picks]:
    return list(_picks)


def product_picks(member_ids: Sequence[int], *, n: int) -> dict[int, list[ProductPick]]:
    """The picks of all that registered, the first registered first, n a member at most."""
    found: dict[int, list[ProductPick]] = {}
    for picks in _picks:
        for member_id, some in picks(member_ids, n).items():
            found.setdefault(member_id, []).extend(some)
    return {member_id: some[:n] for member_id, some in found.items()}
