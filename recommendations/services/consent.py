"""Who may be learned from and served personal lists: everybody who has not said no.

A member has said no when the newest statement on personal recommendations is a refusal on any channel; a
later yes on that same channel takes it back.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from membership.models import Consent, Member


def refusals() -> QuerySet[Consent, int]:
    """The ids of members who refuse, as a query to exclude by; an id may come twice."""
    spoken = Consent.objects.filter(purpose=Consent.Purpose.PROFILING)
    later = spoken.filter(member=OuterRef("member"), channel=OuterRef("channel")).filter(
        Q(occurred_at__gt=OuterRef("occurred_at"))
        | Q(occurred_at=OuterRef("occurred_at"), pk__gt=OuterRef("pk"))
    )
    refused = spoken.filter(~Exists(later), granted=False).order_by()
    return refused.values_list("member_id", flat=True)


def may_personalise(*, member: Member) -> bool:
    """Whether this member's past may decide what they are shown. One query."""
    spoken = Consent.objects.filter(member=member, purpose=Consent.Purpose.PROFILING)
    newest: dict[str, bool] = {}
    for channel, granted in spoken.order_by("-occurred_at", "-pk").values_list("channel", "granted"):
        newest.setdefault(channel, granted)
    return all(newest.values())
