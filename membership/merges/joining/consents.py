"""What one person allows who had spoken as two: the strictest of both counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_noop

from membership.members.consents import current_consents
from membership.merges.fields import Side
from membership.merges.rows import note_made
from membership.models import Consent, Member, Merge

SOURCE = gettext_noop("merge")
Key = tuple[str, str]
"""(purpose, channel)"""
CONTACT_OF = {Consent.Channel.EMAIL.value: "email", Consent.Channel.SMS.value: "phone"}
"""The contact that a consent to mail on this channel was given for."""


def joined_consents(*, keep: Member, other: Member, sides: Mapping[str, Side]) -> dict[Key, bool]:
    """(purpose, channel) -> granted, for all that either has spoken about.

    One withdrawal withdraws. A grant of one of whom the other has never spoken stays, but for mail to an
    address: there it counts for the address that it was given for, so it stays only where that was chosen.
    """
    kept, others = _granted(keep), _granted(other)
    joined: dict[Key, bool] = {}
    for key in sorted(kept.keys() | others.keys()):
        said = {side: granted[key] for side, granted in (("this", kept), ("other", others)) if key in granted}
        joined[key] = all(said.values()) and (
            len(said) == 2 or next(iter(said)) in _sides_that_count(key, keep, other, sides)
        )
    return joined


def _sides_that_count(key: Key, keep: Member, other: Member, sides: Mapping[str, Side]) -> tuple[str, ...]:
    """Whose grant of this stands alone."""
    purpose, channel = key
    contact = CONTACT_OF.get(channel)
    if purpose != Consent.Purpose.MARKETING or contact is None:
        return "this", "other"
    address = getattr(other if sides[contact] == "other" else keep, contact)
    return (sides[contact],) if address else ("this", "other")


def _granted(member: Member) -> dict[Key, bool]:
    return {key: consent.granted for key, consent in current_consents(member=member).items()}


def write_joined(*, merge: Merge, joined: Mapping[Key, bool], at: datetime) -> None:
    """Add statements where the newest of both together does not say the strictest. Call after they moved."""
    newest = current_consents(member=merge.kept)
    for (purpose, channel), granted in joined.items():
        last = newest[purpose, channel]
        if last.granted != granted:
            moment = max(at, last.occurred_at)  # one dated later would count instead
            note_made(merge=merge, row=Consent.objects.create(
                member=merge.kept, purpose=purpose, channel=channel, granted=granted, source=SOURCE,
                occurred_at=moment,
            ))  # fmt: skip


def copy_later_withdrawals(*, merge: Merge) -> bool:
    """Whoever of both withdrew while they were one, it counts for both; whether there was such a thing.

    Call when the rows that had moved are back.
    """
    copied = False
    spoken = current_consents(member=merge.other)
    for (purpose, channel), last in current_consents(member=merge.kept).items():
        here = spoken.get((purpose, channel))
        if last.granted or last.occurred_at <= merge.merged_at or (here is not None and not here.granted):
            continue
        Consent.objects.create(
            member=merge.other, purpose=purpose, channel=channel, granted=False, source=SOURCE,
            occurred_at=max(last.occurred_at, here.occurred_at if here else last.occurred_at),
        )  # fmt: skip
        copied = True
    return copied
