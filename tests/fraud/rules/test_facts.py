"""The facts of stored orders: the same for one at checkout as for all in a back-test."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from fraud.features import read_refunds
from fraud.ml.orders.facts import FACTS
from fraud.rules.facts import (
    facts_of,
    member_leaves,
    member_truths,
    members_who,
    needs_neighbours,
    order_table,
    order_values,
)
from fraud.rules.fields import read_order_rule
from membership.models import Member, Order, OrderChange, Refund
from membership.rules.checking import everything
from tests.factories import NOON, MemberFactory, OrderFactory, StoreFactory

pytestmark = pytest.mark.django_db
NAMES = [
    *FACTS,
    "orders_same_device.1h",
    "amount_member.7d",
    "members_same_ip.1d",
    "orders_approved_same_device.1d",
    "instruments_declined_same_device.1d",
    "frauds_same_instrument.90d",
]


def some_orders() -> list[Order]:
    """Two members who share a device, an address and some history, an hour apart."""
    members: list[Member] = [MemberFactory(), MemberFactory(country="CN")]
    store = StoreFactory()
    made = []
    for number in range(8):
        order = OrderFactory(
            member=members[number % 2], placed_at=NOON + timedelta(minutes=20 * number),
            total=Decimal(10 + number), device_fingerprint=("d1", "d1", "d2", "")[number % 4],
            payment_fingerprint=f"p{number % 3}", ip="203.0.113.9" if number % 2 else None,
            billing_country="US", shipping_country=("US", "CN")[number % 2], store=store,
        )  # fmt: skip
        made.append(order)
    Order.objects.filter(pk=made[0].pk).update(
        is_fraud=True, label_known_at=NOON + timedelta(hours=1), label_source="chargeback"
    )
    return list(Order.objects.select_related("member", "store").order_by("placed_at", "id"))


def test_checkout_and_back_test_see_the_same_facts():
    orders = some_orders()
    for number, minutes in enumerate((0, 45, 100)):
        moment = NOON + timedelta(minutes=minutes, milliseconds=500)
        change = OrderChange.objects.create(order=orders[number], source="test", changed_at=moment)
        Refund.objects.create(order=orders[number], change=change, refunded_at=moment, goods=Decimal(4))
    table = order_table(
        order_values(Order.objects.order_by("placed_at", "id")), probability=[0.5] * 8,
        refunds=read_refunds(),
    )  # fmt: skip
    assert table.fact("returned_before").tolist() == [0, 0, 4, 4, 4, 4, 8, 4]
    for row, order in enumerate(orders):
        facts = facts_of(order, names=NAMES, probability=0.5)
        for name in NAMES:
            expected = table.fact(name)[row]
            value = facts[name]
            if value is None:
                assert expected == "" or expected != expected, name
            else:
                assert value == pytest.approx(expected) if not isinstance(value, str) else value == expected


def test_the_neighbours_are_read_in_one_query(django_assert_num_queries: DjangoAssertNumQueries):
    order = some_orders()[-1]

    with django_assert_num_queries(1):
        facts_of(order, names=["orders_same_device.1h", "first_order"], probability=None)


def test_facts_of_the_order_alone_need_no_query(django_assert_num_queries: DjangoAssertNumQueries):
    order = some_orders()[-1]

    with django_assert_num_queries(0):
        facts = facts_of(order, names=["amount", "channel", "account_days"], probability=None)
    assert facts["amount"] == 17
    assert not needs_neighbours(["amount", "channel"])


def test_what_is_not_known_is_none():
    order = some_orders()[3]

    facts = facts_of(order, names=["device", "probability", "new_device"], probability=None)
    assert facts == {"device": None, "probability": None, "new_device": None}


def test_later_orders_are_not_seen():
    first = some_orders()[0]

    assert facts_of(first, names=["orders_same_device.1h", "earlier_orders"], probability=None) == {
        "orders_same_device.1h": 1, "earlier_orders": 0,
    }  # fmt: skip


def test_no_names_ask_for_nothing(django_assert_num_queries: DjangoAssertNumQueries):
    with django_assert_num_queries(0):
        assert facts_of(OrderFactory.build(), names=[], probability=None) == {}


def test_the_members_conditions_take_one_query(django_assert_num_queries: DjangoAssertNumQueries):
    member = MemberFactory(country="US", language="en")
    rule = read_order_rule(text="country = US and (language = zh or not country = CN)", may=everything)
    conditions = member_leaves([rule, rule])

    with django_assert_num_queries(1):
        truths = member_truths(conditions, member_id=member.pk, as_of=NOON)
    assert list(truths.values()) == [True, False, False]
    assert list(truths) == list(conditions)


def test_of_an_erased_member_nothing_holds():
    conditions = member_leaves([read_order_rule(text="country = US", may=everything)])

    assert list(member_truths(conditions, member_id=10**9, as_of=NOON).values()) == [False]
    assert member_truths({}, member_id=1, as_of=NOON) == {}


def test_all_members_of_a_condition_are_found():
    here, _there = MemberFactory(country="US"), MemberFactory(country="CN")
    (leaf,) = member_leaves([read_order_rule(text="country = US", may=everything)]).values()

    assert members_who(leaf, as_of=NOON) == {here.pk}


def test_an_empty_table_has_no_rows():
    assert len(order_table([], probability=[])) == 0
