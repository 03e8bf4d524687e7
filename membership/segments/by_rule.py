"""Segments kept by a rule: create, change and explain them, and refresh their members."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from pyroaring import BitMap

from membership.errors import Conflict, ServiceError
from membership.models import Member, Segment, SegmentMembership, SegmentOverride
from membership.models.shop import shop_zone
from membership.rules.checking import May
from membership.rules.compiling import members_of
from membership.rules.dates import start_of, today
from membership.rules.due import next_change
from membership.rules.errors import RuleError
from membership.rules.explaining import Explanation, explain
from membership.rules.names.written import names_in, stored_text
from membership.rules.nodes import Node
from membership.rules.running import TooSlow, limited
from membership.rules.stored import add_version, current_form, current_rule, dependent_last, references
from membership.segments.by_hand import new_segment
from membership.segments.stays import set_members
from registry.tables.one_of import OneOf

if TYPE_CHECKING:
    from django.contrib.auth.models import User

logger = logging.getLogger(__name__)
REFRESH_SECONDS = 300.0
WAITING_SECONDS = 5.0
"""How long somebody who saves a rule waits for its members; a worker does it then."""
RETRY_AFTER = timedelta(hours=1)
HISTORY_DAYS = 90


@dataclass(frozen=True)
class Day:
    """What happened to a segment on one day of the shop's calendar; ``size`` is that of its end."""

    day: date
    entered: int
    left: int
    size: int


def create_rule_segment(*, draft: Mapping[str, object], rule: Node, user: User | None) -> Segment:
    """A new segment kept by ``rule``, and its members. Raises Conflict on a taken key."""
    with transaction.atomic():
        segment = new_segment(draft=draft, kind=Segment.Kind.DYNAMIC)
        add_version(segment=segment, rule=rule, user=user)
        _fill(segment)
    return segment


def change_rule(*, segment: Segment, rule: Node, user: User | None, at_once: bool = True) -> Segment:
    """Give a segment another rule, as a new version, and its members; a worker does the latter within a
    minute, unless ``at_once``. The same rule changes nothing.
    """
    if segment.kind != Segment.Kind.DYNAMIC:
        raise Conflict(_("Segment %s is not kept by a rule.") % segment.name)
    with transaction.atomic():
        Segment.objects.select_for_update().get(pk=segment.pk)
        if current_rule(segment) == rule:
            return segment
        add_version(segment=segment, rule=rule, user=user)
        if at_once:
            _fill(segment)
        else:
            Segment.objects.filter(pk=segment.pk).update(due_at=timezone.now())
    return segment


def _fill(segment: Segment) -> None:
    """Refresh within the request, or in a worker where that takes long."""
    try:
        refresh(segment=segment, seconds=WAITING_SECONDS)
    except TooSlow:
        Segment.objects.filter(pk=segment.pk).update(due_at=timezone.now())


def explain_member(*, segment: Segment, member: Member, may: May) -> Explanation:
    """Why ``member`` is in ``segment`` now, or not. Raises Conflict where no rule decides."""
    return explain(_rule_of(segment), member=member, as_of=timezone.now(), may=may)


def rule_text(segment: Segment) -> str:
    """The current rule as text; "" for segments without one, or with one of a newer program."""
    return rule_texts([segment])[segment.pk]


def rule_texts(segments: Iterable[Segment]) -> dict[int, str]:
    """As ``rule_text``, by id, with the names of all looked up at once."""
    forms = {segment.pk: current_form(segment) for segment in segments}
    names = names_in(forms.values())
    return {pk: stored_text(form, names=names) or "" for pk, form in forms.items()}


def refresh(
    *, segment: Segment, among: Sequence[int] | None = None, seconds: float = REFRESH_SECONDS
) -> tuple[int, int]:
    """Evaluate the rule again, then apply the decisions by hand; (entered, left).

    Only for the members ``among``, if given. The segment is locked meanwhile, so that of two refreshes the
    later one sees the newer data. Raises TooSlow.
    """
    rule = _rule_of(segment)
    with transaction.atomic():
        Segment.objects.select_for_update().get(pk=segment.pk)
        now = timezone.now()
        with limited(seconds=seconds):
            inside = BitMap(members_of(rule, as_of=now, among=among).values_list("pk", flat=True))
        always, never = _decided_by_hand(segment, among)
        moved = set_members(
            segment=segment,
            member_ids=(inside | always) - never,
            source=SegmentMembership.Source.RULE,
            at=now,
            among=among,
            by_hand=list(always - inside),
        )
        segment.due_at = next_change(rule, as_of=now)
        segment.save(update_fields=("due_at",))
    return moved


def _decided_by_hand(segment: Segment, among: Sequence[int] | None) -> tuple[BitMap, BitMap]:
    """Ids of the reachable members who are always in, and of those who are never in."""
    decided = SegmentOverride.objects.filter(segment=segment, member__in=Member.objects.reachable())
    if among is not None:
        decided = decided.filter(OneOf("member_id", among))
    always, never = BitMap(), BitMap()
    for member_id, decision in decided.order_by().values_list("member_id", "decision"):
        (always if decision == SegmentOverride.Decision.IN else never).add(member_id)
    return always, never


def refresh_all(*, among: Sequence[int] | None = None) -> int:
    """Refresh every segment kept by a rule, those that others refer to first; the number refreshed.

    A segment that cannot be refreshed keeps its members and is logged; the others go on.
    """
    return sum(_refreshed(segment, among=among) is not None for segment in dependent_last())


def refresh_due() -> int:
    """Refresh the segments that are due, and those whose rules refer to one that changed; the number.

    A relative date moves at midnight in the shop's time zone, points expire at a moment of their own: each
    refresh notes when the next of these will be.
    """
    now = timezone.now()
    due = set(Segment.objects.filter(due_at__lte=now).values_list("pk", flat=True))
    if not due:
        return 0
    refers_to, done = references(), 0
    for segment in dependent_last():
        if segment.pk not in due and not refers_to.get(segment.pk, set()) & due:
            continue
        moved = _refreshed(segment)
        if moved is None:
            Segment.objects.filter(pk=segment.pk).update(due_at=now + RETRY_AFTER)
        elif moved == (0, 0):
            due.discard(segment.pk)
        else:
            due.add(segment.pk)
        done += 1
    # one without a rule only marks others as due
    Segment.objects.exclude(kind=Segment.Kind.DYNAMIC).filter(due_at__lte=now).update(due_at=None)
    return done


def _refreshed(segment: Segment, *, among: Sequence[int] | None = None) -> tuple[int, int] | None:
    try:
        return refresh(segment=segment, among=among)
    except (RuleError, ServiceError, LookupError, DatabaseError):
        logger.exception("segment %s was not refreshed", segment.key)
        return None


def history(*, segment: Segment, days: int = HISTORY_DAYS) -> list[Day]:
    """Who entered and left, day by day, and the size, oldest first; today is the last."""
    zone, last = shop_zone(), today(timezone.now())
    first = last - timedelta(days=days - 1)
    stays = SegmentMembership.objects.filter(segment=segment)

    def by_day(column: str) -> dict[date, int]:
        recent: QuerySet[SegmentMembership] = stays.filter(**{f"{column}__gte": start_of(first)}).order_by()
        counted = recent.values(day=TruncDate(column, tzinfo=zone)).annotate(members=Count("pk"))
        return {row["day"]: row["members"] for row in counted}

    entered, left = by_day("entered_at"), by_day("exited_at")
    size = stays.current().count()
    result = []
    for back in range(days):
        day = last - timedelta(days=back)
        joined, gone = entered.get(day, 0), left.get(day, 0)
        result.append(Day(day, joined, gone, size))
        size += gone - joined
    return result[::-1]


def _rule_of(segment: Segment) -> Node:
    rule = current_rule(segment)
    if rule is None:
        raise Conflict(_("Segment %s is not kept by a rule.") % segment.name)
    return rule
