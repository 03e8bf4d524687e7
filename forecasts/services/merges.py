"""Forecasts of members who were merged, or parted again: made anew within a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from forecasts.features import forecast_members
from forecasts.models import Forecast
from membership.merges.merging import UNDO_DAYS
from membership.merges.relations import MergeFollower
from membership.models import Member, MemberFeatures, Merge
from registry.tables.one_of import OneOf


def merge_follower() -> MergeFollower:
    return MergeFollower(merged=_forget_the_other)


def _forget_the_other(merge: Merge) -> None:
    """Nothing would ever renew it."""
    Forecast.objects.filter(member_id=merge.other_id).delete()


def with_merges(*, days: int, at_most: int) -> list[int]:
    """Ids of members who were merged or parted within ``days``, and after their forecast was made.

    A member without a forecast is among them if there are orders to make one from.
    """
    since = timezone.now() - timedelta(days=days)
    moments = _moments(since=since)
    if not moments:
        return []
    members = forecast_members().filter(OneOf("pk", moments)).select_related("forecast", "features")
    return [member.pk for member in members.order_by("pk") if _is_out_of_date(member, moments[member.pk])][
        :at_most
    ]


def _moments(*, since: datetime) -> dict[int, datetime]:
    """Member -> when it was last merged or parted, since then."""
    recent = Merge.objects.filter(
        Q(merged_at__gte=since) | Q(undone_at__gte=since), merged_at__gte=since - timedelta(days=UNDO_DAYS)
    )
    moments: dict[int, datetime] = {}
    for kept, other, merged_at, undone_at in recent.values_list(
        "kept_id", "other_id", "merged_at", "undone_at"
    ):
        moment = undone_at or merged_at
        for member_id in (kept, other) if undone_at else (kept,):
            moments[member_id] = max(moment, moments.get(member_id, moment))
    return moments


def _is_out_of_date(member: Member, moment: datetime) -> bool:
    forecast: Forecast | None = getattr(member, "forecast", None)
    features: MemberFeatures | None = getattr(member, "features", None)
    if forecast is None:
        return features is not None and features.last_order_at is not None
    return forecast.scored_at < moment
