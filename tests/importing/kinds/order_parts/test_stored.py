"""Orders of a file beside those that are stored."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importing.kinds.order_parts.stored import stored_orders
from importing.running import Options
from membership.models import Member, Order, OrderChange
from tests.factories import OrderFactory, StoreFactory
from tests.importing.import_files import import_rows, order_line, stock_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    stock_shop()
    return tmp_path / "orders.csv"


def test_stored_orders_are_read_with_what_files_may_say_of_them() -> None:
    store = StoreFactory(code="S1")
    order = OrderFactory(order_no="A1", store=store, shipping=Decimal("4.5"), channel="app")
    OrderFactory(order_no="A2")

    stored = stored_orders(["A1", "NONE"])

    assert list(stored) == ["A1"]
    values = stored["A1"].values
    assert (stored["A1"].id, stored["A1"].member_id) == (order.pk, order.member_id)
    assert (values["store_id"], values["shipping"], values["channel"]) == (store.pk, Decimal("4.5"), "app")


def test_more_numbers_than_one_statement_takes_are_all_read() -> None:
    numbers = [order.order_no for order in OrderFactory.create_batch(20)]
    assert set(stored_orders([*numbers, *(f"X{n}" for n in range(40_000))])) == set(numbers)


def test_a_field_that_the_file_leaves_empty_changes_nothing(file: Path) -> None:
    import_rows("orders", file, [order_line(coupon="SPRING")])
    report = import_rows("orders", file, [order_line(coupon="")])

    assert report.duplicate == 1
    assert Order.objects.get().coupon == "SPRING"


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [("channel", "app", "channel"), ("ip", "203.0.113.9", "ip"),
     ("placed_at", "2026-03-02T13:00:00Z", "placed_at")],
)  # fmt: skip
def test_a_changed_field_is_stored_with_the_value_before(
    file: Path, column: str, value: str, field: str
) -> None:
    import_rows("orders", file, [order_line(ip="203.0.113.1")])
    report = import_rows("orders", file, [order_line(**{"ip": "203.0.113.1", column: value})])

    assert (report.updated, report.tallies["orders.changed"]) == (1, 1)
    change = OrderChange.objects.get()
    assert list(change.before) == list(change.after) == [field]
    assert change.before != change.after


def test_changes_can_be_refused(file: Path) -> None:
    import_rows("orders", file, [order_line()])
    report = import_rows("orders", file, [order_line(channel="app")], options=Options(changed="reject"))

    assert (report.rejected, report.tallies["orders.refused"]) == (1, 1)
    assert Order.objects.get().channel == "web"
    assert not OrderChange.objects.exists()


@pytest.mark.parametrize(
    ("stored", "given", "now"),
    [("held", "paid", "held"), ("held", "cancelled", "cancelled"), ("paid", "shipped", "shipped")],
)
def test_a_decision_of_fraud_gives_way_to_an_end_of_the_order_alone(
    file: Path, stored: str, given: str, now: str
) -> None:
    import_rows("orders", file, [order_line()])
    Order.objects.update(status=stored)

    import_rows("orders", file, [order_line(status=given)])

    assert Order.objects.get().status == now


def test_an_order_of_an_unnamed_buyer_goes_to_the_member_that_a_later_file_names(file: Path) -> None:
    import_rows("orders", file, [order_line(member_no="")], options=Options(unknown="create"))
    before: Any = Order.objects.get().member
    assert before.member_no not in ("M1", "M2")

    import_rows("orders", file, [order_line(member_no="M2")])

    order = Order.objects.get()
    assert order.member == Member.objects.get(member_no="M2")
    assert order.items.get().member == order.member
