"""Fixed points on the birthday, once a calendar year."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from membership.loyalty.calendar import end_of_day_after
from membership.loyalty.ledger import Kind, Why, movements
from membership.models import EarningRule, LoyaltyProgram, Member, PointsLot
from membership.models.exchange_rates import day_in_shop

REASON = gettext_noop("birthday")
DAYS_BACK = 3
"""Days that are made up for when the workers stood still."""


def give_birthday_points(*, at: datetime | None = None) -> int:
    """To active members whose birthday was in the last days, by the best rule that fits; how many got some.

    Who was born on 29 February has it on the 28th in other years.
    """
    at = at or timezone.now()
    rules = EarningRule.objects.in_force(at).filter(kind=EarningRule.Kind.BIRTHDAY).order_by("-value", "id")
    if not rules:
        return 0
    program = LoyaltyProgram.current()
    given = 0
    for days in range(DAYS_BACK):
        day = day_in_shop(at) - timedelta(days=days)
        occasion = f"birthday:{day.year}"
        for member in _born_on(day).exclude(points_lots__occasion=occasion):
            rule = next((rule for rule in rules if rule.tier in ("", member.tier)), None)
            if rule is not None:
                given += _give(member, int(rule.value), occasion=occasion, program=program, at=at)
    return given


def _born_on(day: date) -> QuerySet[Member]:
    born = Q(birth_date__month=day.month, birth_date__day=day.day)
    if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3:
        born |= Q(birth_date__month=2, birth_date__day=29)
    return Member.objects.active().filter(born).order_by("pk")


def _give(member: Member, points: int, *, occasion: str, program: LoyaltyProgram, at: datetime) -> bool:
    if not points:
        return False
    expires_at = end_of_day_after(at, days=program.life_days) if program.life_days else None
    with movements(member=member, at=at) as ledger:
        if PointsLot.objects.filter(member=member, occasion=occasion).exists():  # another worker's
            return False
        lot = ledger.new_lot(source=PointsLot.Source.BIRTHDAY, occasion=occasion, expires_at=expires_at)
        ledger.add(lot=lot, points=points, why=Why(Kind.EARNED, REASON))
    return True
