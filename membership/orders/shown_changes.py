"""The history of an order as people read it: products by SKU, members and stores by their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from learning.json_types import JsonMapping
from membership.models import Member, OrderChange, Product, Refund, Store
from membership.orders.histories import RETURNED

LINE_FIELDS = ("quantity", "unit_price", "discount", "refunded", "total")


@dataclass(frozen=True)
class ShownChange:
    """``before`` and ``after`` hold the fields that changed; ``lines`` in them a list of lines."""

    id: int
    changed_at: datetime
    source: str
    who: str
    reason: str
    before: dict[str, object]
    after: dict[str, object]
    refund: Refund | None


def shown_changes(changes: Sequence[OrderChange]) -> list[ShownChange]:
    """Four queries at most, however many changes."""
    sides = [side for change in changes for side in (change.before, change.after)]
    skus = dict(
        Product.objects.filter(pk__in={text[0] for side in sides for text in _lines(side).values()})
        .order_by()
        .values_list("pk", "sku")
    )
    members = _named(sides, "member_id", Member, "member_no")
    stores = _named(sides, "store_id", Store, "code")
    refunds = {refund.change_id: refund for refund in Refund.objects.filter(change__in=changes)}
    names = {"member_id": members, "store_id": stores}
    return [
        ShownChange(
            change.pk, change.changed_at, change.source, change.who, change.reason,
            _shown(change.before, skus, names), _shown(change.after, skus, names), refunds.get(change.pk),
        )
        for change in changes
    ]  # fmt: skip


def _lines(side: JsonMapping) -> dict[str, list[Any]]:
    lines: dict[str, list[Any]] = side.get("lines", {})
    return lines


def _named(
    sides: Iterable[JsonMapping], field: str, model: type[Member | Store], name: str
) -> dict[int, str]:
    ids = {side[field] for side in sides if side.get(field) is not None}
    return dict(model._default_manager.filter(pk__in=ids).values_list("pk", name)) if ids else {}


def _shown(
    side: JsonMapping, skus: Mapping[int, str], names: Mapping[str, Mapping[int, str]]
) -> dict[str, object]:
    shown: dict[str, object] = {}
    for field, value in side.items():
        if field == "lines":
            shown["lines"] = [_line(no, text, skus) for no, text in sorted(value.items(), key=_number)]
        elif field in names:
            shown[field.removesuffix("_id")] = names[field].get(value)
        else:
            shown[field] = value
    return shown


def _line(line_no: str, text: Sequence[Any], skus: Mapping[int, str]) -> dict[str, object]:
    returned, restocked = text[RETURNED:] or (0, 0)
    values = dict(zip(LINE_FIELDS, text[1:6], strict=True))
    return {
        "line_no": int(line_no), "sku": skus.get(text[0]), **values, "returned": returned,
        "restocked": restocked,
    }  # fmt: skip


def _number(entry: tuple[str, object]) -> int:
    return int(entry[0])
