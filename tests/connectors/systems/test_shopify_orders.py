"""An order of Shopify is stored the same, whether its export or its webhook brings it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.applying.dispatch import apply_items
from connectors.applying.known import Context
from connectors.models import Connection
from connectors.systems.shopify.messages import read_message
from importing.running import run_import
from membership.models import Member, Order, OrderChange, OrderItem, Product
from tests.connectors.payloads import shopify_line, shopify_order, shopify_refund
from tests.connectors.shops import connect
from tests.importing.import_files import stored_orders

pytestmark = pytest.mark.django_db

HEADINGS = (
    "Name", "Email", "Financial Status", "Currency", "Subtotal", "Shipping", "Taxes", "Discount Code",
    "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku", "Lineitem discount",
    "Billing Country", "Shipping Country", "Cancelled at", "Payment Method", "Refunded Amount", "Vendor",
    "Source",
)  # fmt: skip


@pytest.fixture
def connection() -> Connection:
    return connect("shopify")


def say(connection: Connection, topic: str, data: dict[str, Any], sent: datetime | None = None) -> str:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    context = Context(connection=connection, now=now, reason=topic, triggered_at=sent)
    return str(apply_items(read_message(topic, data), context).state)


def export(tmp_path: Path, *rows: dict[str, str]) -> Path:
    """Shopify writes an order's own columns once; the others repeat its number, e-mail and moment only."""
    path = tmp_path / "orders.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, HEADINGS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


FIRST = {
    "Name": "#1001", "Email": "nora.quill@example.com", "Financial Status": "paid", "Currency": "USD",
    "Subtotal": "53.98", "Shipping": "5.00", "Taxes": "4.32", "Created at": "2026-05-01 23:58:12 -0700",
    "Lineitem quantity": "2", "Lineitem name": "Crew Tee - S", "Lineitem price": "19.99",
    "Lineitem sku": "TEE-S", "Lineitem discount": "0.00", "Billing Country": "US", "Shipping Country": "US",
    "Payment Method": "Shopify Payments", "Refunded Amount": "0.00", "Vendor": "Loom & Co", "Source": "web",
}  # fmt: skip
SECOND = {
    "Name": "#1001", "Email": "nora.quill@example.com", "Created at": "2026-05-01 23:58:12 -0700",
    "Lineitem quantity": "1", "Lineitem name": "Speckled Mug", "Lineitem price": "14.00",
    "Lineitem sku": "MUG-1", "Lineitem discount": "0.00", "Vendor": "Loom & Co",
}  # fmt: skip
SPRING = [
    {"amount": "8.00", "discount_application_index": 0},
    {"amount": "2.80", "discount_application_index": 0},
]
SAME: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "paid": ({}, {}),
    "refunded in part": (
        {"Financial Status": "partially_refunded", "Refunded Amount": "14.00"},
        {"financial_status": "partially_refunded", "refunds": [{"id": 9, "transactions": [
            {"kind": "refund", "status": "success", "amount": "14.00"}]}]},
    ),
    "refunded with tax and shipping": (
        {"Financial Status": "partially_refunded", "Refunded Amount": "20.12"},
        {"financial_status": "partially_refunded", "refunds": [{
            "id": 9, "transactions": [{"kind": "refund", "status": "success", "amount": "20.12"}],
            "refund_line_items": [{"line_item_id": 2, "quantity": 1, "total_tax": "1.12"}],
            "order_adjustments": [{"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "0.00"}]}]},
    ),
    "refunded whole": (
        {"Financial Status": "refunded", "Refunded Amount": "63.30"},
        {"financial_status": "refunded", "refunds": [{"id": 9, "transactions": [
            {"kind": "refund", "status": "success", "amount": "63.30"}]}]},
    ),
    "cancelled": (
        {"Financial Status": "voided", "Cancelled at": "2026-05-07 13:00:00 +0200"},
        {"financial_status": "voided", "cancelled_at": "2026-05-07T13:00:00+02:00"},
    ),
    "pending and cancelled": (
        {"Financial Status": "pending", "Cancelled at": "2026-05-07 13:00:00 +0200"},
        {"financial_status": "pending", "cancelled_at": "2026-05-07T13:00:00+02:00"},
    ),
    "with a code for the whole order": (
        {"Subtotal": "43.18", "Discount Code": "SPRING20"},
        {"subtotal_price": "43.18", "discount_codes": [{"code": "SPRING20"}], "lines": [
            shopify_line(1, quantity=2, discount_allocations=SPRING[:1]),
            shopify_line(2, name="Speckled Mug", sku="MUG-1", price="14.00", discount_allocations=SPRING[1:]),
        ]},
    ),
    "of the till": (
        {"Source": "pos", "Payment Method": "Cash"},
        {"source_name": "pos", "payment_gateway_names": ["cash"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_webhook_and_export_store_the_same_order(tmp_path: Path, connection: Connection, name: str) -> None:
    in_file, in_message = SAME[name]
    assert say(connection, "orders/updated", shopify_order(**in_message)) == "applied"
    by_webhook = stored_orders()
    for model in (OrderItem, Order, Product):
        model.objects.all().delete()
    run_import(kind="orders", path=export(tmp_path, {**FIRST, **in_file}, SECOND))
    assert stored_orders() == by_webhook


def test_an_export_imported_after_the_webhook_changes_nothing(tmp_path: Path, connection: Connection) -> None:
    say(connection, "orders/create", shopify_order())
    report = run_import(kind="orders", path=export(tmp_path, FIRST, SECOND))
    assert (report.duplicate, report.updated, report.created) == (2, 0, 0)
    assert not OrderChange.objects.exists()


def test_lines_that_an_edit_took_out_are_not_sold(connection: Connection) -> None:
    say(connection, "orders/create", shopify_order())
    taken_out = {"id": 9, "refund_line_items": [{"line_item_id": 1, "quantity": 1}], "transactions": []}
    edited = shopify_order(refunds=[taken_out], updated_at="2026-05-02T10:00:00-07:00")
    say(connection, "orders/updated", edited)
    order = Order.objects.get()
    assert (order.total, order.items.get(line_no=1).quantity) == (Decimal("33.99"), 1)
    change = OrderChange.objects.get()
    assert (change.source, change.reason) == ("shopify", "orders/updated")


def test_a_refund_alone_comes_off_its_order_once(connection: Connection) -> None:
    order = shopify_order()
    say(connection, "orders/create", order)
    refund = shopify_refund(9, order, amount="14.00")
    assert say(connection, "refunds/create", refund) == "applied"
    assert say(connection, "refunds/create", refund) == "older"
    stored = Order.objects.get()
    assert (stored.refunded, stored.total, stored.status) == (Decimal(14), Decimal("39.98"), "paid")


def test_a_refund_before_its_order_waits_for_it(connection: Connection) -> None:
    order = shopify_order()
    assert say(connection, "refunds/create", shopify_refund(9, order, amount="14.00")) == "applied"
    say(connection, "orders/create", order)
    assert Order.objects.get().refunded == Decimal(14)


def test_refunds_of_everything_make_the_order_refunded(connection: Connection) -> None:
    order = shopify_order()
    say(connection, "orders/create", order)
    say(connection, "refunds/create", shopify_refund(9, order, amount="63.30"))
    stored = Order.objects.get()
    assert (stored.status, stored.total) == ("refunded", Decimal(0))


def test_an_older_message_never_overwrites_a_newer_one(connection: Connection) -> None:
    newer = shopify_order(cancelled_at="2026-05-03T10:00:00-07:00", updated_at="2026-05-03T10:00:00-07:00")
    say(connection, "orders/cancelled", newer)
    assert say(connection, "orders/create", shopify_order()) == "older"
    assert Order.objects.get().status == "cancelled"


def test_test_orders_are_ignored(connection: Connection) -> None:
    assert say(connection, "orders/create", shopify_order(test=True)) == "ignored"
    assert not Order.objects.exists()


def test_a_guests_order_belongs_to_the_member_of_its_email(connection: Connection) -> None:
    say(connection, "orders/create", shopify_order(customer=None, email="Guest@Example.com"))
    assert Order.objects.get().member.email == "guest@example.com"


def test_an_order_that_was_deleted_counts_no_more_and_stays_so(connection: Connection) -> None:
    order = shopify_order()
    say(connection, "orders/create", order)
    assert say(connection, "orders/delete", {"id": order["id"]}) == "applied"
    late = shopify_order(updated_at="2026-05-09T10:00:00-07:00")
    assert say(connection, "orders/updated", late) == "older"
    assert Order.objects.get().status == "cancelled"


def test_the_customer_inside_the_order_becomes_its_member(connection: Connection) -> None:
    say(connection, "orders/create", shopify_order())
    member = Order.objects.get().member
    assert (member.member_no, member.name) == ("8100000000011", "Nora Quill")
    assert Member.objects.count() == 1


def test_one_number_in_two_shops_is_refused_with_what_to_do(connection: Connection) -> None:
    say(connection, "orders/create", shopify_order())
    other = connect("shopify")
    assert say(other, "orders/create", shopify_order(id=77)) == "refused"
    other.order_prefix = "B"
    assert say(other, "orders/create", shopify_order(id=77)) == "applied"
    assert sorted(Order.objects.values_list("order_no", flat=True)) == ["#1001", "B#1001"]


def test_of_two_messages_with_one_moment_the_one_sent_later_counts(connection: Connection) -> None:
    first, second = (datetime(2026, 5, 2, 7, 0, 0, n, tzinfo=UTC) for n in (1, 2))
    say(connection, "orders/cancelled", shopify_order(cancelled_at="2026-05-02T07:00:00Z"), sent=second)
    assert say(connection, "orders/updated", shopify_order(), sent=first) == "older"
    assert Order.objects.get().status == "cancelled"
