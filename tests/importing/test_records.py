"""Rows without a file are written by the rules of the export that they look like."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from importing.errors import BadFile
from importing.files.frames import Outcome
from importing.records import import_records
from membership.models import Member, Order, OrderChange, Product

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 1, tzinfo=UTC)
LINE = {
    "Name": "#1", "Email": "ada@example.org", "Created at": "2026-05-01T12:00:00Z",
    "Financial Status": "paid", "Lineitem quantity": "2", "Lineitem name": "Mug", "Lineitem sku": "MUG",
    "Lineitem price": "7.50",
}  # fmt: skip


def taken(*records: dict[str, str], kind: str = "orders", preset: str | None = "shopify") -> Outcome:
    return import_records(
        kind=kind, records=records, preset=preset, now=NOW, source="shopify", reason="orders/updated"
    )


def test_an_order_its_member_and_its_product_are_made() -> None:
    assert taken(LINE).created == 1
    order = Order.objects.get()
    assert (order.total, order.member.email, order.items.get().product.sku) == (
        Decimal(15), "ada@example.org", "MUG",
    )  # fmt: skip


def test_a_change_says_where_it_came_from_and_why() -> None:
    taken(LINE)
    taken({**LINE, "Lineitem quantity": "1"})
    change = OrderChange.objects.get()
    assert (change.source, change.reason) == ("shopify", "orders/updated")


def test_a_bad_row_is_named_and_nothing_of_it_kept() -> None:
    outcome = taken({**LINE, "Created at": "yesterday"})
    assert [(note.field, note.code) for note in outcome.rejected] == [("placed_at", "not_a_time")]
    assert not Order.objects.exists()


def test_rows_in_our_own_columns_need_no_preset() -> None:
    taken({"member_no": "M1", "name": "Ada"}, kind="members", preset=None)
    assert Member.objects.get().name == "Ada"


def test_a_row_without_a_column_that_must_be_there_is_refused() -> None:
    with pytest.raises(BadFile, match="placed_at"):
        taken({name: value for name, value in LINE.items() if name != "Created at"})


def test_the_numbers_of_products_are_told_in_the_order_of_the_rows() -> None:
    row = {"Handle": "tee", "Title": "Tee", "Variant Price": "9.00"}
    outcome = taken(
        {**row, "Option1 Value": "S", "Variant SKU": "TEE-S"},
        {**row, "Title": "", "Option1 Value": "M", "Variant SKU": ""},
        kind="products",
    )
    assert outcome.skus == ["TEE-S", "tee-m"]
    assert set(Product.objects.values_list("sku", flat=True)) == set(outcome.skus)
