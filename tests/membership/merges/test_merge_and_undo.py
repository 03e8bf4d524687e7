"""Any history, merged and parted: both are what they were. Many more: ``--hypothesis-profile=explore``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.errors import Conflict
from membership.loyalty.following import points_follow_order
from membership.loyalty.ledger import Kind, Why, add_points, movements
from membership.loyalty.redeeming import redeem_points
from membership.loyalty.verifying import differences
from membership.members.accounts import add_tag, change_tier
from membership.members.consents import record_consent
from membership.merges.fields import FIELDS
from membership.merges.merging import merge_members
from membership.merges.undoing import undo_merge
from membership.models import Member, Order, PointsEntry, Segment
from membership.segments.bitmaps import members_by_stays, members_now
from membership.segments.members import change_members
from tests.factories import (
    EventFactory,
    MemberFactory,
    ProductFactory,
    SegmentFactory,
    UserFactory,
)
from tests.membership.loyalty.shop import change, check_ledger, order, paid, program, rule, standing
from tests.membership.merges.people import all_rows

EXAMPLES = 300 if settings().max_examples > 100 else 25
NUMBERS = st.integers(0, 9)
SIDES = st.sampled_from(["this", "other"])
Act = Callable[[Member, int], object]


def buy(member: Member, number: int) -> None:
    (paid if number % 2 else order)(5 + number, member=member)


def look(member: Member, number: int) -> None:
    product = ProductFactory.create() if number > 4 else None
    EventFactory.create(member=member, product=product, occurred_at=timezone.now() - timedelta(days=number))


def speak(member: Member, number: int) -> None:
    purpose, channel = [("marketing", "email"), ("marketing", "post"), ("profiling", "onsite")][number % 3]
    record_consent(member=member, purpose=purpose, channel=channel, granted=number < 5, source="test")


def give(member: Member, number: int) -> None:
    expires_at = timezone.now() + timedelta(days=number) if number else None
    add_points(member=member, points=10 * number + 1, reason="given", expires_at=expires_at)


def spend(member: Member, number: int) -> None:
    add_points(member=member, points=-number - 1, reason="spent")


def owe(member: Member, number: int) -> None:
    with movements(member=member) as ledger:
        ledger.take_or_owe(points=3 * number + 1, why=Why(Kind.TAKEN_BACK, "refund"))


def redeem(member: Member, number: int) -> None:
    redeem_points(member=member, points=number + 1)


def refund(member: Member, number: int) -> None:
    orders = list(Order.objects.filter(member=member, status="paid").order_by("pk"))
    if orders:
        one = orders[number % len(orders)]
        change(one, refunded={1: min(number, one.subtotal)})


def enter(member: Member, number: int) -> None:
    segment = Segment.objects.filter(key=f"hand-{number % 3}").first()
    change_members(segment=segment or SegmentFactory.create(key=f"hand-{number % 3}"), add=[member.member_no])


BEFORE: dict[str, Act] = {
    "buy": buy, "look": look, "speak": speak, "give": give, "spend": spend, "owe": owe, "redeem": redeem,
    "refund": refund, "enter": enter,
    "tag": lambda member, number: add_tag(member=member, name=f"tag{number % 4}"),
    "tier": lambda member, number: change_tier(
        member=member, tier=["silver", "gold"][number % 2], source="eve",
        held_until=timezone.now() + timedelta(days=9) if number > 6 else None,
    ),
}  # fmt: skip
SINCE = ("buy", "give", "spend", "owe", "redeem", "refund")


def do(name: str, member: Member, number: int) -> None:
    try:
        with transaction.atomic():
            BEFORE[name](member, number)
    except Conflict:
        pass  # too few points


def loyalty() -> None:
    program(point_value=Decimal("0.05"), smallest_redemption=1)
    rule()


def two(values: dict[str, str]) -> tuple[Member, Member]:
    people = []
    for side in ("keep", "other"):
        blank = {
            name: None if name in ("email", "phone") else "" for name, who in values.items() if who == side
        }
        people.append(
            MemberFactory.create(user=UserFactory.create() if side in values.values() else None, **blank)
        )
    return people[0], people[1]


def worth(*members: Member) -> int:
    """Points of both together, less what they owe: every entry counts until its lot has lapsed."""
    now = timezone.now()
    rows = PointsEntry.objects.filter(member__in=members).exclude(lot__expires_at__lte=now)
    return sum(rows.values_list("points", flat=True))


class TestMergeAndUndo(TestCase):
    @settings(max_examples=EXAMPLES)
    @given(
        history=st.lists(st.tuples(st.sampled_from(sorted(BEFORE)), st.booleans(), NUMBERS), max_size=14),
        missing=st.dictionaries(st.sampled_from(["name", "email", "phone", "country"]),
                                st.sampled_from(["keep", "other"])),
        choose=st.dictionaries(st.sampled_from(sorted(FIELDS)), SIDES),
    )  # fmt: skip
    def test_a_merge_that_is_undone_leaves_every_row_as_it_was(self, history, missing, choose) -> None:
        loyalty()
        keep, other = two(missing)
        for name, is_other, number in history:
            do(name, other if is_other else keep, number)
        before, points = all_rows(keep, other), [standing(keep), standing(other)]
        newest = max((row["id"] for row in before["membership.PointsEntry.member"]), default=0)
        merge = merge_members(keep=keep, other=other, choose=choose, who="boss")
        check_ledger(merge.kept, at=timezone.now())
        undo_merge(merge=merge, who="boss")
        for member in (keep, other):
            check_ledger(member, at=timezone.now())
        assert [standing(keep), standing(other)] == points
        after = all_rows(keep, other)
        added = PointsEntry.objects.filter(pk__gt=newest)
        if any(debt for _balance, debt in points):  # a debt was paid and is owed again, by added entries
            after["membership.PointsEntry.member"] = [
                row for row in after["membership.PointsEntry.member"] if row["id"] <= newest
            ]
            assert set(added.values_list("kind", flat=True)) <= {"debt_paid"}
        assert after == before
        assert differences().lines == []
        for segment in Segment.objects.all():
            assert members_now(segment=segment) == members_by_stays(segment=segment)

    @settings(max_examples=EXAMPLES)
    @given(
        history=st.lists(st.tuples(st.sampled_from(SINCE), st.booleans(), NUMBERS), max_size=8),
        since=st.lists(st.tuples(st.sampled_from(SINCE), NUMBERS), max_size=8),
    )
    def test_whatever_moved_since_no_point_appears_or_is_lost(self, history, since) -> None:
        loyalty()
        keep, other = two({})
        for name, is_other, number in history:
            do(name, other if is_other else keep, number)
        merge = merge_members(keep=keep, other=other, who="boss")
        orders = set(merge.kept.orders.values_list("pk", flat=True))
        for name, number in since:
            do(name, keep, number)
        before = worth(keep, other)
        undo_merge(merge=merge, who="boss")
        for member in (keep, other):
            check_ledger(member, at=timezone.now())
        assert worth(keep, other) == before
        assert differences().lines == []
        for one in Order.objects.filter(pk__in=orders, status="paid"):
            points_follow_order(order=one)  # finds nothing to correct
        assert worth(keep, other) == before
