from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from membership.members.summary import describe_member, order_history
from membership.models import Member, Order
from tests.factories import MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def sentence(member: Member, now: datetime, *clauses: str) -> str:
    history = order_history(member=member, now=now)
    return describe_member(member=member, history=history, clauses=clauses, now=now)


def regular(now: datetime) -> Member:
    """Ordered on days 33, 27, …, 3 before now, $206.70 each."""
    member = MemberFactory(name="Maria", tier="gold")
    for days in range(3, 34, 6):
        OrderFactory(member=member, placed_at=now - timedelta(days=days), total=Decimal("206.70"))
    return member


def test_a_regular_is_described_by_pace_spending_and_last_order(noon: datetime) -> None:
    assert sentence(regular(noon), noon, "one open alert") == (
        "Maria, gold, has ordered every 6 days on average since January 2026 and spent $1,240 "
        "in the last year; last order 3 days ago; one open alert."
    )


def test_in_chinese_the_words_stand_in_their_own_order(noon: datetime) -> None:
    with translation.override("zh-hans"):
        text = sentence(regular(noon), noon)
    assert (
        text
        == "Maria（金卡）自2026年1月起平均每 6 天下单一次，过去一年消费 US$1,240；最近一次下单在 3 天前。"
    )


def test_a_new_member_has_not_ordered_yet(noon: datetime) -> None:
    member = MemberFactory(name="Li Na", joined_at=noon)
    assert sentence(member, noon) == "Li Na, basic, joined in March 2026 and has not ordered yet."


def test_one_order_makes_no_rhythm(noon: datetime) -> None:
    member = OrderFactory(member__name="Tom", placed_at=noon - timedelta(days=1)).member
    assert sentence(member, noon) == "Tom, basic, has ordered once, yesterday."


def test_nothing_is_expected_of_a_member_who_left(noon: datetime) -> None:
    member = MemberFactory(name="Ana")
    for days in (500, 510):
        OrderFactory(member=member, placed_at=noon - timedelta(days=days))
    assert "nothing in the last year" in sentence(member, noon)


def test_cancelled_orders_do_not_count(noon: datetime) -> None:
    member = OrderFactory(placed_at=noon, status=Order.Status.CANCELLED).member
    assert order_history(member=member, now=noon).orders == 0


def test_amounts_in_two_currencies_are_not_added(noon: datetime) -> None:
    member = MemberFactory()
    OrderFactory(member=member, placed_at=noon, total=Decimal(150), currency="USD")
    OrderFactory(member=member, placed_at=noon - timedelta(days=4), total=Decimal(30), currency="EUR")
    assert "$150 and €30.00" in sentence(member, noon)


def test_a_frozen_account_is_mentioned(noon: datetime) -> None:
    member = MemberFactory(status=Member.Status.FROZEN)
    assert sentence(member, noon).endswith("; the account is frozen.")
