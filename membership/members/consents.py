"""What members allow. Statements are only ever added; the newest on a purpose and channel counts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from membership.members.figures import mark_dirty
from membership.members.refusals import follow_refusal
from membership.models import Consent, Member


def record_consent(
    *, member: Member, purpose: str, channel: str, granted: bool, source: str, at: datetime | None = None
) -> Consent:
    """Add one statement. Raises ValidationError on an unknown purpose or channel.

    Whoever refuses to be profiled loses at once what apps have registered for that (``refusals``).
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
            follow_refusal(member_ids=[member.pk], at=timezone.now())
    return consent


def current_consents(*, member: Member) -> dict[tuple[str, str], Consent]:
    """The newest statement on each (purpose, channel) the member has spoken about."""
    newest: dict[tuple[str, str], Consent] = {}
    for consent in member.consents.all():  # newest first
        newest.setdefault((consent.purpose, consent.channel), consent)
    return newest
