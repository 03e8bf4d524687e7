"""Small import files for tests."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from importing.running import run_import
from membership.models import ImportReport, Order, OrderItem
from tests.factories import MemberFactory, ProductFactory

ORDER = {
    "order_no": "A1",
    "line_no": "1",
    "member_no": "M1",
    "placed_at": "2026-03-02T12:00:00Z",
    "sku": "milk",
    "quantity": "2",
    "unit_price": "1.25",
    "discount": "0.50",
    "currency": "USD",
    "status": "paid",
    "store": "S1",
    "channel": "web",
}


def order_line(**changes: Any) -> dict[str, Any]:
    return {**ORDER, **changes}


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def import_rows(kind: str, path: Path, rows: Iterable[Mapping[str, Any]], **options: Any) -> ImportReport:
    return run_import(kind=kind, path=write_csv(path, rows), **options)


def stock_shop() -> None:
    """Members M1 and M2, products milk and bread."""
    for number in ("M1", "M2"):
        MemberFactory.create(member_no=number)
    for sku in ("milk", "bread"):
        ProductFactory.create(sku=sku)


def rejected_rows(report: ImportReport) -> list[dict[str, str]]:
    with open(report.rejects_path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def stored_orders() -> list[tuple[Any, ...]]:
    """Everything that an order import writes, without ids and the moment of the import."""
    orders = Order.objects.order_by("order_no").values_list(
        "order_no", "member__member_no", "store__code", "status", "channel", "currency", "subtotal",
        "discount", "refunded", "total", "item_count", "placed_at", "payment_method", "ip", "coupon",
    )  # fmt: skip
    items = OrderItem.objects.order_by("order__order_no", "line_no").values_list(
        "order__order_no", "line_no", "product__sku", "member__member_no", "placed_at", "quantity", "units",
        "unit_price", "discount", "refunded", "total", "category_id",
    )  # fmt: skip
    return [*orders, *items]


def balanced(report: ImportReport) -> bool:
    """Every row that was read became exactly one thing."""
    return report.read == report.created + report.updated + report.duplicate + report.rejected
