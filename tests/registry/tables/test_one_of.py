from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from membership.models import Member, Order
from registry.tables.one_of import OneOf
from registry.tables.unix_seconds import UnixSecond
from tests.factories import NOON, MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def test_rows_with_one_of_the_ids_are_selected():
    first, _second, third = (MemberFactory().pk for _ in range(3))
    members = Member.objects.filter(OneOf("pk", [first, third, 0])).order_by("pk")
    assert [member.pk for member in members] == [first, third]


def test_no_ids_select_nothing():
    MemberFactory()
    assert not Member.objects.filter(OneOf("pk", [])).exists()


def test_more_ids_than_a_statement_has_parameters_are_taken():
    member = MemberFactory()
    assert Member.objects.filter(OneOf("pk", range(member.pk, member.pk + 100_000))).get() == member


def test_it_combines_with_other_conditions():
    kept, other = OrderFactory(), OrderFactory(total=99)
    orders = Order.objects.filter(OneOf("member_id", [kept.member_id, other.member_id]), total__lt=50)
    assert orders.get() == kept


@pytest.mark.parametrize(
    "at", [NOON, NOON + timedelta(milliseconds=999), datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)]
)
def test_a_moment_is_the_whole_seconds_since_1970(at):
    OrderFactory(placed_at=at)
    seconds = Order.objects.values_list(UnixSecond("placed_at"), flat=True).get()
    assert seconds == int(at.timestamp())
