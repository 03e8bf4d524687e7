"""Orders, lines and events: what the database accepts, and the querysets."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from membership.models import Event, Order, OrderItem
from tests.factories import NOON, EventFactory, MemberFactory, OrderFactory, OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"status": "lost"}, "order_status_known"),
        ({"channel": "fax"}, "order_channel_known"),
        ({"subtotal": Decimal(-1)}, "order_amounts_not_negative"),
        ({"total": Decimal(-1), "subtotal": Decimal(0)}, "order_total_not_negative"),
        ({"is_fraud": True}, "order_label_complete"),
        ({"label_known_at": NOON, "label_source": "review"}, "order_label_complete"),
        ({"is_fraud": True, "label_known_at": NOON, "label_source": "rumour"}, "order_label_source_known"),
    ],
)
def test_the_database_refuses_an_impossible_order(changes, constraint) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        OrderFactory(**changes)


def test_an_order_number_is_unique() -> None:
    OrderFactory(order_no="O-1")

    with pytest.raises(IntegrityError), transaction.atomic():
        OrderFactory(order_no="O-1")


def test_every_status_is_counted_or_not_and_none_is_both() -> None:
    assert set(Order.COUNTED) | set(Order.UNCOUNTED) == set(Order.Status)
    assert not set(Order.COUNTED) & set(Order.UNCOUNTED)
    for status in Order.Status.values:
        OrderFactory(status=status)
    assert Order.objects.counted().count() == Order.objects.uncounted().count() == 4


def test_placed_before_leaves_the_moment_itself_out(noon) -> None:
    before = OrderFactory(placed_at=noon - timedelta(seconds=1))
    OrderFactory(placed_at=noon)

    assert list(Order.objects.placed_before(noon)) == [before]


def test_a_label_counts_from_the_moment_at_which_it_is_known(noon) -> None:
    known = OrderFactory(is_fraud=True, label_known_at=noon, label_source="review")
    OrderFactory(is_fraud=False, label_known_at=noon + timedelta(days=1), label_source="review")
    OrderFactory()

    assert list(Order.objects.labelled_by(noon)) == [known]


def test_newest_orders_come_first(noon) -> None:
    old, new = OrderFactory(placed_at=noon - timedelta(days=1)), OrderFactory(placed_at=noon)

    assert list(Order.objects.all()) == [new, old]


@pytest.mark.parametrize("changes", [{"quantity": 0}, {"unit_price": Decimal(-1)}, {"total": Decimal(-1)}])
def test_the_database_refuses_an_impossible_line(changes) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderItemFactory(**changes)


def test_a_line_number_is_used_once_in_an_order() -> None:
    item = OrderItemFactory(line_no=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        OrderItemFactory(order=item.order, line_no=1)


def test_a_product_that_was_sold_and_a_member_who_ordered_are_not_deleted() -> None:
    item = OrderItemFactory()

    for row in (item.product, item.member):
        with pytest.raises(ProtectedError):
            row.delete()
    item.order.delete()
    assert not OrderItem.objects.exists()


def test_one_thing_done_at_one_moment_is_one_event(noon) -> None:
    member, product = MemberFactory(), ProductFactory()
    EventFactory(member=member, product=product)

    with pytest.raises(IntegrityError), transaction.atomic():
        EventFactory(member=member, product=product)
    EventFactory(member=member, product=product, session="another")


def test_a_search_without_a_product_is_one_event_too() -> None:
    member = MemberFactory()
    EventFactory(member=member, type="search", product=None)

    with pytest.raises(IntegrityError), transaction.atomic():
        EventFactory(member=member, type="search", product=None)


def test_an_unknown_type_of_event_is_refused() -> None:
    with pytest.raises(IntegrityError, match="event_type_known"), transaction.atomic():
        EventFactory(type="sniff")


def test_an_event_is_shown_by_type_and_minute() -> None:
    assert str(Event(type="view", occurred_at=NOON)) == "View · 2026-03-02 12:00"
