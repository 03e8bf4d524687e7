"""Points on the birthday."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.utils import timezone

from membership.loyalty.birthdays import give_birthday_points
from membership.models import Member
from tests.factories import MemberFactory
from tests.membership.loyalty.shop import program, rule

pytestmark = pytest.mark.django_db


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=timezone.get_default_timezone())


def balance(member: Member, at: datetime) -> int:
    give_birthday_points(at=at)
    return member.points_balance(at=at)


def test_once_a_year_by_the_best_rule_that_fits():
    program(life_days=0)
    rule("birthday", 50)
    rule("birthday", 80, tier="gold")
    member = MemberFactory.create(birth_date=date(1990, 6, 15), tier="gold")
    assert balance(member, noon(2025, 6, 14)) == 0
    assert balance(member, noon(2025, 6, 15)) == 80
    member.birth_date = date(1990, 6, 16)  # changed to have it twice
    member.save()
    assert balance(member, noon(2025, 6, 16)) == 80
    assert balance(member, noon(2026, 6, 17)) == 160


@pytest.mark.parametrize(("year", "day"), [(2025, 28), (2028, 29)])
def test_who_was_born_on_a_leap_day_has_a_birthday_every_year(year, day):
    program()
    rule("birthday", 50)
    member = MemberFactory.create(birth_date=date(2000, 2, 29))
    assert balance(member, noon(year, 2, day - 1)) == 0
    assert balance(member, noon(year, 2, day)) == 50


def test_frozen_members_and_shops_without_a_rule_give_nothing():
    assert give_birthday_points(at=noon(2025, 6, 15)) == 0
    rule("birthday", 50)
    member = MemberFactory.create(birth_date=date(1990, 6, 15), status="frozen")
    assert balance(member, noon(2025, 6, 15)) == 0
