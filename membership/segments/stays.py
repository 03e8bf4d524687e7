"""Segments: who is in, who entered, who left."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from pyroaring import BitMap

from membership.members.figures import rfm_table
from membership.models import MemberFeatures, Segment, SegmentMembership, SegmentVersion
from membership.rules.stored import users_of
from membership.segments.bitmaps import members_by_stays, members_now, store
from registry.tables.bulk import insert_rows, upsert_rows
from registry.tables.one_of import OneOf

RFM_NAMES: Mapping[str, tuple[str, str]] = {
    "champions": (gettext_noop("Champions"), gettext_noop("Bought lately and often.")),
    "loyal": (gettext_noop("Loyal"), gettext_noop("Buy often; the last order was a while ago.")),
    "promising": (gettext_noop("Promising"), gettext_noop("Bought lately, not yet often.")),
    "new": (gettext_noop("New or rare, bought lately"), gettext_noop("Bought lately and seldom before.")),
    "need-attention": (gettext_noop("Need attention"), gettext_noop("Average buyers who are slowing down.")),
    "about-to-sleep": (gettext_noop("About to sleep"), gettext_noop("Seldom bought, and not lately.")),
    "cannot-lose": (
        gettext_noop("Cannot lose them"),
        gettext_noop("The most frequent buyers, silent for long."),
    ),
    "at-risk": (gettext_noop("At risk"), gettext_noop("Used to buy often, silent for long.")),
    "hibernating": (gettext_noop("Hibernating"), gettext_noop("Seldom bought, and long ago.")),
}
"""Names and descriptions are stored in English and translated where they are shown."""


def set_members(
    *,
    segment: Segment,
    member_ids: Iterable[int],
    source: SegmentMembership.Source,
    at: datetime,
    among: Collection[int] | None = None,
    by_hand: Collection[int] = (),
) -> tuple[int, int]:
    """Make exactly ``member_ids`` the segment's members as of ``at``; (entered, left). Safe to repeat.

    With ``among`` only these members may enter or leave, and all others stay as they are: the segment then is
    not refreshed as a whole, and ``refreshed_at`` stays. Those of
    ``by_hand`` enter as put in by hand, whatever ``source`` says.
    """
    wanted = BitMap(member_ids)
    with transaction.atomic():
        Segment.objects.select_for_update().get(pk=segment.pk)
        inside = members_now(segment=segment)
        if among is not None:
            considered = BitMap(among)
            wanted = (wanted & considered) | (inside - considered)
        leaving, entering = inside - wanted, wanted - inside
        if leaving:
            stays = SegmentMembership.objects.current().filter(OneOf("member_id", leaving), segment=segment)
            stays.update(exited_at=at)
        manual = SegmentMembership.Source.MANUAL
        hands = BitMap(by_hand)
        insert_rows(
            model=SegmentMembership,
            columns=("segment_id", "member_id", "source", "entered_at"),
            rows=(
                (segment.pk, member, (manual if member in hands else source).value, at) for member in entering
            ),
        )
        if leaving or entering or segment.refreshed_at is None:
            store(segment=segment, members=wanted, at=at)
        segment.member_count = len(wanted)
        if among is None:
            segment.refreshed_at = at
            if leaving or entering:
                _mark_users_due(segment, at=at)
        segment.save(update_fields=("member_count", "refreshed_at"))
    return len(entering), len(leaving)


def _mark_users_due(segment: Segment, *, at: datetime) -> None:
    """Those whose rules refer to this one are refreshed within the minute, and so on down the chain."""
    Segment.objects.filter(pk__in=[user.pk for user in users_of(segment)]).update(due_at=at)


def reconcile_bitmaps() -> int:
    """Rebuild every bitmap and count from the stays; the number that had to change."""
    changed = 0
    for segment in Segment.objects.order_by("pk"):
        with transaction.atomic():
            locked = Segment.objects.select_for_update().get(pk=segment.pk)
            members = members_by_stays(segment=locked)
            if members != members_now(segment=locked) or len(members) != locked.member_count:
                store(segment=locked, members=members, at=timezone.now())
                Segment.objects.filter(pk=locked.pk).update(member_count=len(members))
                changed += 1
    return changed


def refresh_rfm_segments(*, as_of: datetime) -> int:
    """Score members in fifths by R, F and M and renew the nine RFM segments; the number scored."""
    from membership.segments.ml import rfm

    table = rfm_table(as_of=as_of)
    recency = rfm.quintiles(-table.recency_days)
    frequency = rfm.quintiles(table.frequency)
    monetary = rfm.quintiles(table.monetary)
    groups = rfm.group_index(recency, frequency)
    _write_scores(table.member_ids, recency, frequency, monetary)
    for position, group in enumerate(rfm.GROUPS):
        segment = _rfm_segment(key=group.key, recency=group.recency, frequency=group.frequency)
        members = table.member_ids[groups == position].tolist()
        set_members(segment=segment, member_ids=members, source=SegmentMembership.Source.MODEL, at=as_of)
    return len(table.member_ids)


def _write_scores(member_ids: Any, recency: Any, frequency: Any, monetary: Any) -> None:
    scores = ("rfm_recency", "rfm_frequency", "rfm_monetary")
    with transaction.atomic():
        MemberFeatures.objects.exclude(rfm_recency=None).exclude(orders_365d__gt=0).update(
            rfm_recency=None, rfm_frequency=None, rfm_monetary=None
        )
        upsert_rows(
            model=MemberFeatures,
            columns=("member_id", *scores),
            rows=zip(
                member_ids.tolist(), recency.tolist(), frequency.tolist(), monetary.tolist(), strict=True
            ),
            conflict=("member_id",),
            update=scores,
        )


def _rfm_segment(*, key: str, recency: tuple[int, int], frequency: tuple[int, int]) -> Segment:
    name, description = RFM_NAMES[key]
    segment, is_new = Segment.objects.get_or_create(
        key=f"rfm-{key}", defaults={"name": name, "description": description, "kind": Segment.Kind.MODEL}
    )
    if is_new:
        rule = {"model": "rfm", "recency": list(recency), "frequency": list(frequency)}
        SegmentVersion.objects.create(segment=segment, number=1, rule=rule)
    return segment
