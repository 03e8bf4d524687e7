"""Who may be profiled: every member who has not refused."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from membership.models import Consent, Member


def profiling_refusals() -> QuerySet[Consent, int]:
    """The ids of members who refuse profiling, as a query to exclude by; an id may occur twice.

    A member refuses when the newest statement on any channel is a no; a later yes there takes it back.
    """
    spoken = Consent.objects.filter(purpose=Consent.Purpose.PROFILING)
    later = Q(occurred_at__gt=OuterRef("occurred_at")) | Q(
        occurred_at=OuterRef("occurred_at"), pk__gt=OuterRef("pk")
    )
    newer = spoken.filter(later, member=OuterRef("member"), channel=OuterRef("channel"))
    return spoken.filter(~Exists(newer), granted=False).order_by().values_list("member_id", flat=True)


def refuses_profiling(*, member: Member) -> bool:
    """One query."""
    return profiling_refusals().filter(member=member).exists()
