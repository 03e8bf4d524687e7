from __future__ import annotations

import pytest

from fraud.services.desk.links import links_of_member, links_of_order
from membership.models import Member
from tests.factories import NOON, MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def test_members_are_linked_by_what_both_used():
    order = OrderFactory(device_fingerprint="d1", payment_fingerprint="p1", ip="192.0.2.1")
    other = OrderFactory(device_fingerprint="d1", payment_fingerprint="p2", ip="192.0.2.1")
    (link,) = links_of_order(order)

    assert link.member == other.member
    assert link.via == ["device_fingerprint", "ip"]
    assert (link.orders, link.frauds) == (1, 0)


def test_an_empty_value_links_nobody():
    OrderFactory(device_fingerprint="", ip=None)
    assert links_of_order(OrderFactory(device_fingerprint="", ip=None)) == []


def test_a_value_of_another_column_links_nobody():
    OrderFactory(payment_fingerprint="same")
    assert links_of_order(OrderFactory(device_fingerprint="same")) == []


def test_known_frauds_come_first_then_those_with_most_shared_orders():
    order = OrderFactory(device_fingerprint="d")
    once, twice, thief = MemberFactory(), MemberFactory(), MemberFactory()
    for member, is_fraud in [(once, None), (twice, None), (twice, False), (thief, True)]:
        label = {} if is_fraud is None else {"label_known_at": NOON, "label_source": "review"}
        OrderFactory(member=member, device_fingerprint="d", is_fraud=is_fraud, **label)
    links = links_of_order(order)

    assert [link.member for link in links] == [thief, twice, once]
    assert [(link.orders, link.frauds) for link in links] == [(1, 1), (2, 0), (1, 0)]


@pytest.mark.parametrize("status", [Member.Status.MERGED, Member.Status.ERASED])
def test_members_that_are_gone_are_not_shown(status):
    kept = MemberFactory()
    merged = {"merged_into": kept} if status == Member.Status.MERGED else {}
    OrderFactory(member=MemberFactory(status=status, **merged), device_fingerprint="d")
    assert links_of_order(OrderFactory(device_fingerprint="d")) == []


def test_a_member_is_linked_through_any_of_their_orders():
    member, other = MemberFactory(), MemberFactory()
    OrderFactory(member=member, device_fingerprint="old")
    OrderFactory(member=member, address_fingerprint="home")
    OrderFactory(member=other, device_fingerprint="old", address_fingerprint="home")
    (link,) = links_of_member(member)
    assert link.via == ["device_fingerprint", "address_fingerprint"]


def test_a_member_without_orders_is_linked_to_nobody():
    OrderFactory(device_fingerprint="d")
    assert links_of_member(MemberFactory()) == []


def test_links_take_two_queries_however_many_members(django_assert_num_queries):
    order = OrderFactory(device_fingerprint="d")
    for _ in range(5):
        OrderFactory(device_fingerprint="d")
    with django_assert_num_queries(2):
        assert len(links_of_order(order)) == 5
