"""Orders of a file as rows, and beside those that are stored."""

from __future__ import annotations

from datetime import UTC, datetime
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


def test_each_order_gets_a_random_public_id_of_its_own(file: Path) -> None:
    import_rows("orders", file, [order_line(order_no=f"A{n}") for n in range(30)])

    ids = list(Order.objects.values_list("public_id", flat=True))
    assert len(set(ids)) == 30
    assert {one.version for one in ids} == {4}


@pytest.mark.parametrize(
    ("columns", "channel"),
    [({"channel": "", "store": "S1"}, "store"), ({"channel": "", "store": ""}, "web"),
     ({"channel": "app", "store": "S1"}, "app")],
)  # fmt: skip
def test_an_order_without_a_channel_was_placed_where_its_store_says(
    file: Path, columns: dict[str, str], channel: str
) -> None:
    import_rows("orders", file, [order_line(**columns)])
    assert Order.objects.get().channel == channel


def test_an_order_without_a_status_is_paid_and_a_cancelled_moment_ends_it(file: Path) -> None:
    import_rows(
        "orders",
        file,
        [
            order_line(order_no="A1", status="", cancelled_at=""),
            order_line(order_no="A2", status="paid", cancelled_at="2026-03-03T09:00:00Z"),
            order_line(order_no="A3", status="refunded", cancelled_at="2026-03-03T09:00:00Z"),
        ],
    )
    assert dict(Order.objects.values_list("order_no", "status")) == {
        "A1": "paid", "A2": "cancelled", "A3": "refunded",
    }  # fmt: skip
    assert Order.objects.get(order_no="A2").cancelled_at == datetime(2026, 3, 3, 9, tzinfo=UTC)


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
