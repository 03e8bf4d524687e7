"""When orders were approved and declined, as their history says."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from fraud.rules.decided import outcome_moments
from fraud.rules.facts import facts_of, order_table, order_values
from membership.models import Order
from membership.orders.moving import move_order, reopen_order
from membership.orders.taking import release_held_order
from tests.factories import NOON, MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)


def moments_of(order: Order) -> tuple[datetime | None, datetime | None]:
    """(approved, declined)."""
    row = Order.objects.filter(pk=order.pk).values_list(*outcome_moments().values()).get()
    return row[0], row[1]


@pytest.mark.parametrize("status", ["pending", "paid", "shipped", "completed", "refunded", "cancelled"])
def test_what_checkout_let_through_was_approved_when_it_was_placed(status: str):
    assert moments_of(OrderFactory(placed_at=NOON, status=status)) == (NOON, None)


def test_what_checkout_declined_was_declined_when_it_was_placed():
    assert moments_of(OrderFactory(placed_at=NOON, status="declined")) == (None, NOON)


def test_a_held_order_is_neither():
    assert moments_of(OrderFactory(placed_at=NOON, status="held")) == (None, None)


@pytest.mark.parametrize("genuine", [True, False])
def test_a_verdict_counts_from_its_own_moment(genuine: bool):
    order = OrderFactory(placed_at=NOON, status="held")
    release_held_order(order=order, genuine=genuine)

    moment = order.changes.get().changed_at
    assert moments_of(order) == ((moment, None) if genuine else (None, moment))


def test_an_order_that_was_cancelled_while_held_was_never_approved():
    order = OrderFactory(placed_at=NOON, status="held")
    move_order(order=order, status="cancelled", source="test", at=LATER)

    assert moments_of(order) == (None, None)


def test_an_order_that_is_reopened_was_declined_until_then():
    order = OrderFactory(placed_at=NOON, status="declined")
    reopen_order(order=order, source="test", at=LATER)

    assert moments_of(order) == (LATER, NOON)


_OUTCOMES = ("placed", "approved", "declined")
COUNTED = ["orders_same_device.1d", *(f"orders_{one}_same_device.1d" for one in _OUTCOMES)]


def test_declined_tries_do_not_count_against_the_flatmate():
    somebody = MemberFactory()
    for minutes in range(3):
        OrderFactory(
            member=somebody, placed_at=NOON + timedelta(minutes=minutes), status="declined",
            device_fingerprint="shared", total=Decimal(10),
        )  # fmt: skip
    order = OrderFactory(placed_at=NOON + timedelta(minutes=9), status="held", device_fingerprint="shared")

    assert facts_of(order, names=COUNTED, probability=None) == dict(zip(COUNTED, [1, 4, 0, 3], strict=True))


def test_a_back_test_sees_what_was_known_when_each_order_was_placed():
    first = OrderFactory(placed_at=NOON, status="declined", device_fingerprint="d")
    reopen_order(order=first, source="test", at=NOON + timedelta(minutes=30))
    for minutes in (20, 40):
        OrderFactory(placed_at=NOON + timedelta(minutes=minutes), status="paid", device_fingerprint="d")

    rows = order_values(Order.objects.order_by("placed_at", "id"))
    table = order_table(rows, probability=[None] * 3)
    assert [table.fact(name).tolist() for name in COUNTED] == [[1, 1, 3], [1, 2, 3], [0, 0, 2], [0, 1, 0]]
