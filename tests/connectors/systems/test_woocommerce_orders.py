"""Orders, customers and products of WooCommerce are stored as its exports would have them stored."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.applying.dispatch import apply_items
from connectors.applying.known import Context
from connectors.models import Connection
from connectors.objects import Missing
from connectors.systems.woocommerce.messages import read_message
from importing.running import run_import
from membership.models import Member, Order, OrderItem, Product
from tests.connectors.payloads import woo_customer, woo_line, woo_order, woo_product
from tests.connectors.shops import connect
from tests.importing.import_files import stored_orders

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Connection:
    return connect("woocommerce")


def say(connection: Connection, topic: str, data: dict[str, Any], **options: Any) -> str:
    context = Context(
        connection=connection, now=datetime(2026, 11, 1, tzinfo=UTC), reason=topic,
        restores=topic.endswith(".restored"), **options,
    )  # fmt: skip
    return str(apply_items(read_message(topic, data), context).state)


PACKED = """order_id,order_number,date,status,shipping_total,tax_total,discount_total,order_total,\
refunded_total,order_currency,payment_method,customer_id,billing_first_name,billing_last_name,billing_email,billing_phone,\
billing_country,shipping_country,line_items,coupon_items
2001,2001,2026-03-02 13:05:00+00:00,{status},5.00,0.00,{discount},69.90,{refunded},EUR,paypal,0,Nils,Aker,\
nils.aker@example.com,,NO,NO,{items},{coupon}
"""
TWO = (
    "id:1|name:Wool Jumper - Red|product_id:12|sku:JMP-RED|quantity:1|subtotal:49.90|total:49.90;"
    "id:2|name:Cap|product_id:14|sku:CAP-1|quantity:1|subtotal:15.00|total:15.00"
)
THREE_CAPS = "id:3|name:Cap|product_id:14|sku:CAP-1|quantity:3|subtotal:45.00|total:40.50"
PLAIN = {"status": "completed", "discount": "0.00", "refunded": "0.00", "items": TWO, "coupon": ""}
SAME: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "completed": ({}, {}),
    "processing, with a coupon": (
        {"status": "processing", "discount": "4.50", "items": THREE_CAPS, "coupon": "TEN"},
        {
            "status": "processing",
            "lines": [woo_line(3, quantity=3, subtotal="45.00", total="40.50")],
            "coupon_lines": [{"code": "TEN", "discount": "4.50"}],
        },
    ),
    "refunded in part": ({"refunded": "15.00"}, {"refunds": [{"id": 5, "total": "-15.00"}]}),
    "refunded": (
        {"status": "refunded", "refunded": "69.90"},
        {"status": "refunded", "refunds": [{"id": 5, "total": "-69.90"}]},
    ),
    "cancelled": ({"status": "cancelled"}, {"status": "cancelled"}),
    "failed": ({"status": "failed"}, {"status": "failed"}),
    "on hold": ({"status": "on-hold"}, {"status": "on-hold"}),
    "thrown away": ({"status": "trash"}, {"status": "trash"}),
    "a draft": ({"status": "checkout-draft"}, {"status": "checkout-draft"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_webhook_and_export_store_the_same_order(tmp_path: Path, connection: Connection, name: str) -> None:
    in_file, in_message = SAME[name]
    assert say(connection, "order.updated", woo_order(**in_message)) == "applied"
    by_webhook = stored_orders()
    for model in (OrderItem, Order, Product):
        model.objects.all().delete()
    path = tmp_path / "orders.csv"
    path.write_text(PACKED.format(**PLAIN | in_file))
    run_import(kind="orders", path=path)
    assert stored_orders() == by_webhook


def test_an_order_of_an_unknown_customer_waits_for_them(connection: Connection) -> None:
    with pytest.raises(Missing):
        say(connection, "order.created", woo_order(customer_id=7))
    say(connection, "customer.created", woo_customer())
    say(connection, "order.created", woo_order(customer_id=7))
    assert Order.objects.get().member.member_no == "nils"


def test_at_the_last_try_the_order_goes_by_its_email(connection: Connection) -> None:
    assert say(connection, "order.created", woo_order(customer_id=7), is_last_try=True) == "applied"
    assert Order.objects.get().member.member_no == "nils.aker@example.com"


def test_a_member_made_by_an_order_takes_the_number_of_the_customer(connection: Connection) -> None:
    say(connection, "order.created", woo_order())
    assert say(connection, "customer.created", woo_customer()) == "applied"
    member = Member.objects.get()
    assert (member.member_no, member.phone) == ("nils", "+4722123456")


def test_a_deleted_order_that_is_restored_counts_again(connection: Connection) -> None:
    say(connection, "order.created", woo_order())
    say(connection, "order.deleted", {"id": 2001})
    assert Order.objects.get().status == "cancelled"
    say(connection, "order.restored", woo_order(date_modified_gmt="2026-03-05T10:00:00"))
    assert Order.objects.get().status == "completed"


def test_a_product_is_made_changed_and_hidden(connection: Connection) -> None:
    say(connection, "product.created", woo_product())
    say(connection, "product.updated", woo_product(sale_price="12", date_modified_gmt="2026-03-02T10:00:00"))
    product = Product.objects.get()
    assert (product.sku, product.price, str(product.category)) == ("CAP-1", Decimal(12), "Hats")
    say(connection, "product.deleted", {"id": 14})
    assert not Product.objects.get().is_active


PARENT = woo_product(
    11,
    name="Wool Jumper",
    type="variable",
    sku="JMP",
    price="",
    regular_price="",
    brands=[{"name": "Fjordly"}],
)
BLUE = woo_product(
    13, name="Blue", type="variation", sku="", parent_id=11, regular_price="59.90", categories=[],
    attributes=[{"name": "Colour", "option": "Blue"}],
)  # fmt: skip


def test_a_variation_waits_for_its_parent_and_takes_from_it(connection: Connection) -> None:
    with pytest.raises(Missing):
        say(connection, "product.created", BLUE)
    say(connection, "product.created", PARENT)
    say(connection, "product.created", BLUE)
    product = Product.objects.get()
    assert (product.sku, product.name, product.brand) == ("JMP-13", "Wool Jumper - Blue", "Fjordly")
    assert (str(product.category), product.price) == ("Hats", Decimal("59.90"))
    assert product.group is not None
    assert (product.group.code, product.group.name, product.options) == (
        "JMP", "Wool Jumper", {"Colour": "Blue"},
    )  # fmt: skip


def test_a_renamed_parent_renames_its_variations(connection: Connection) -> None:
    say(connection, "product.created", PARENT)
    say(connection, "product.created", BLUE)
    renamed = {**PARENT, "name": "Jumper", "date_modified_gmt": "2026-03-09T10:00:00"}
    say(connection, "product.updated", renamed)
    assert Product.objects.get().name == "Jumper - Blue"


def test_a_deleted_parent_hides_its_variations(connection: Connection) -> None:
    say(connection, "product.created", PARENT)
    say(connection, "product.created", BLUE)
    say(connection, "product.deleted", {"id": 11})
    assert not Product.objects.get().is_active


def test_a_refund_that_was_taken_back_comes_off_no_more(connection: Connection) -> None:
    say(connection, "order.updated", woo_order(refunds=[{"id": 5, "total": "-15.00"}]))
    assert Order.objects.get().refunded == Decimal(15)
    say(connection, "order.updated", woo_order(date_modified_gmt="2026-03-05T10:00:00"))
    assert Order.objects.get().refunded == Decimal(0)


@pytest.mark.parametrize(
    ("status", "paid", "expected"),
    [
        ("wc-completed", None, "completed"),
        ("on-the-loom", "2026-03-02T13:06:00", "paid"),
        ("at-the-dyer", None, "pending"),
    ],
)
def test_a_status_of_a_plugin_says_whether_the_order_is_paid(
    connection: Connection, status: str, paid: str | None, expected: str
) -> None:
    assert say(connection, "order.updated", woo_order(status=status, date_paid_gmt=paid)) == "applied"
    assert Order.objects.get().status == expected


def test_an_order_of_a_product_that_was_deleted_keeps_it(connection: Connection) -> None:
    say(connection, "product.created", woo_product(name="Cap, old name"))
    say(connection, "order.created", woo_order(lines=[woo_line(2)]))
    say(connection, "product.deleted", {"id": 14})
    line = woo_line(2, sku="")  # as WooCommerce says it from then on
    say(connection, "order.updated", woo_order(lines=[line], date_modified_gmt="2026-03-05T10:00:00"))
    assert OrderItem.objects.get().product.sku == "CAP-1"
    assert Product.objects.count() == 1


def test_a_line_of_a_variation_without_a_number_is_that_variation(connection: Connection) -> None:
    say(connection, "product.created", PARENT)
    say(connection, "product.created", BLUE)
    line = woo_line(1, name="Jumper in blue", sku="", product_id=11, variation_id=13)
    say(connection, "order.created", woo_order(lines=[line]))
    assert OrderItem.objects.get().product.sku == "JMP-13"


def test_fees_and_taxes_are_no_products_and_currencies_stay(connection: Connection) -> None:
    say(connection, "order.created", woo_order(
        currency="JPY", prices_include_tax=True, total="9999", total_tax="909", shipping_total="500",
        lines=[woo_line(1, quantity=3, subtotal="2700", total="2700", subtotal_tax="270")],
        fee_lines=[{"id": 8, "name": "Cash on delivery", "total": "300"}],
    ))  # fmt: skip
    order = Order.objects.get()
    assert (order.currency, order.total, order.tax, order.shipping) == (
        "JPY",
        Decimal(2700),
        Decimal(909),
        Decimal(500),
    )


def test_a_trashed_product_that_is_restored_is_shown_again_with_its_variations(
    connection: Connection,
) -> None:
    say(connection, "product.created", PARENT)
    say(connection, "product.created", BLUE)
    say(connection, "product.deleted", {"id": 11})
    say(connection, "product.restored", {**PARENT, "date_modified_gmt": "2026-03-09T10:00:00"})
    assert Product.objects.get().is_active
