"""Tiers by rule: raised at once, lowered only after days of grace; one held by hand stays until its end.

What counts is what a member did in the period: a return lowers it, spending points does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Sum
from django.utils import timezone

from membership.members.accounts import change_tier
from membership.models import Member, Order, PointsEntry, TierRule, TierStanding
from membership.models.members import Tier
from membership.rules.sums import exact_sum

SOURCE = "rule"
MEMBERS_AT_ONCE = 5_000
RANKS = {tier: rank for rank, tier in enumerate(Tier.values)}
Kind = PointsEntry.Kind


@dataclass(frozen=True)
class Verdict:
    """What the rules say of a member whose tier is not what was earned; ``falls_at`` is None for a rise."""

    member_id: int
    tier: str
    earned: str
    falls_at: datetime | None
    is_new: bool
    """Whether the days of grace begin only now."""


@dataclass
class Review:
    """How many tiers were raised and lowered, and how many members are in their days of grace."""

    raised: int = 0
    lowered: int = 0
    in_grace: int = 0


def review_tiers(*, as_of: datetime | None = None) -> Review:
    """Bring all members' tiers to what the rules say. Does nothing in a shop without tier rules."""
    as_of = as_of or timezone.now()
    review = Review()
    for verdict in verdicts(as_of=as_of):
        if verdict.falls_at is None:
            review.raised += _change(verdict)
        elif verdict.falls_at <= as_of:
            review.lowered += _change(verdict)
        else:
            review.in_grace += 1
            if verdict.is_new:
                TierStanding.objects.update_or_create(
                    member_id=verdict.member_id, defaults={"below_since": as_of}
                )
    return review


def verdicts(*, as_of: datetime, within_days: int | None = None) -> Iterator[Verdict]:
    """Members whose tier is not the earned one, by id; with ``within_days`` those that fall within so many.

    Reads only, but for members who earn their tier again: their days of grace end.
    """
    rules = {rule.tier: rule for rule in TierRule.objects.all()}
    last = 0
    while rules:
        members = Member.objects.reachable().filter(pk__gt=last).order_by("pk")[:MEMBERS_AT_ONCE]
        tiers = dict(members.values_list("pk", "tier"))
        if not tiers:
            return
        last = max(tiers)
        earned = earned_tiers(rules=list(rules.values()), member_ids=list(tiers), as_of=as_of)
        standings = {row.member_id: row for row in TierStanding.objects.filter(member_id__in=tiers)}
        for member_id, tier in tiers.items():
            verdict = _verdict(member_id, tier, earned, standings.get(member_id), rules, as_of)
            if verdict is not None and _is_within(verdict, as_of, within_days):
                yield verdict


def _is_within(verdict: Verdict, as_of: datetime, days: int | None) -> bool:
    if days is None:
        return True
    return verdict.falls_at is not None and verdict.falls_at <= as_of + timedelta(days=days)


def _verdict(
    member_id: int,
    tier: str,
    earned: Mapping[int, str],
    standing: TierStanding | None,
    rules: Mapping[str, TierRule],
    as_of: datetime,
) -> Verdict | None:
    """None where the tier is right, held by hand, or one that no rule is about."""
    if standing is not None and standing.held_until is not None and standing.held_until > as_of:
        return None
    wanted = earned.get(member_id, Tier.BASIC.value)
    below_since = standing.below_since if standing is not None else None
    if RANKS[wanted] >= RANKS[tier]:
        if below_since is not None:
            TierStanding.objects.filter(member_id=member_id).update(below_since=None)
        return Verdict(member_id, tier, wanted, None, is_new=False) if wanted != tier else None
    if tier not in rules:
        return None
    falls_at = (below_since or as_of) + timedelta(days=rules[tier].grace_days)
    return Verdict(member_id, tier, wanted, falls_at, is_new=below_since is None)


def _change(verdict: Verdict) -> bool:
    member = Member(pk=verdict.member_id)
    changed = change_tier(member=member, tier=verdict.earned, source=SOURCE)
    TierStanding.objects.filter(member_id=verdict.member_id).update(below_since=None)
    return changed


def earned_tiers(*, rules: Sequence[TierRule], member_ids: Sequence[int], as_of: datetime) -> dict[int, str]:
    """member id -> the highest tier earned; who earned none is left out."""
    best: dict[int, str] = {}
    for rule in sorted(rules, key=lambda rule: RANKS[rule.tier]):
        for member_id, amount in _measured(rule, member_ids, as_of).items():
            if amount >= rule.threshold:
                best[member_id] = rule.tier
    return best


def _measured(rule: TierRule, member_ids: Sequence[int], as_of: datetime) -> dict[int, Decimal]:
    start = as_of - timedelta(days=rule.period_days)
    orders = Order.objects.filter(member_id__in=member_ids, placed_at__gt=start, placed_at__lte=as_of)
    orders = orders.order_by()
    rows: Iterable[tuple[int, Decimal | int | None]]
    if rule.measure == TierRule.Measure.ORDERS:
        rows = orders.counted().values_list("member_id").annotate(amount=Count("pk"))
    elif rule.measure == TierRule.Measure.SPEND:
        rows = orders.sales().values_list("member_id").annotate(amount=exact_sum("shop_total"))
    else:
        earned = PointsEntry.objects.filter(kind__in=(Kind.EARNED, Kind.TAKEN_BACK))
        entries = earned.filter(member_id__in=member_ids, occurred_at__gt=start, occurred_at__lte=as_of)
        rows = entries.order_by().values_list("member_id").annotate(amount=Sum("points"))
    return {member_id: Decimal(amount or 0) for member_id, amount in rows}
