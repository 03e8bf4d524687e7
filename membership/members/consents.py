"""What members allow. Statements are only ever added; the newest on a purpose and channel counts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from forecasts.services.member_scoring import forget
from membership.members.figures import mark_dirty
from membership.models import Consent, Member


def record_consent(
    *, member: Member, purpose: str, channel: str, granted: bool, source: str, at: datetime | None = None
) -> Consent:
    """Add one statement. Raises ValidationError on an unknown purpose or channel.

    Whoever refuses to be profiled has no forecast from then on.
    """
    consent = Consent(
        member=member,
        purpose=purpose,
        channel=channel,
        granted=granted,
        source=source,
        occurred_at=at or timezone.now(),
    )
    consent.full_clean()
    with transaction.atomic():
        consent.save()
        mark_dirty(member_ids=[member.pk])
        if purpose == Consent.Purpose.PROFILING and not granted:
            forget(member_ids=[member.pk], at=timezone.now())
    return consent


def current_consents(*, member: Member) -> dict[tuple[str, str], Consent]:
    """The newest statement on each (purpose, channel) the member has spoken about."""
    newest: dict[tuple[str, str], Consent] = {}
    for consent in member.consents.all():  # newest first
        newest.setdefault((consent.purpose, consent.channel), consent)
    return newest
