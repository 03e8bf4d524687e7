"""What a merge would come to, for the page on which it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from membership.loyalty.standing import standing_of
from membership.members.consents import current_consents
from membership.merges.fields import FIELDS, Side, choices
from membership.merges.joining.consents import Key, joined_consents
from membership.models import Consent, Member, SegmentMembership


@dataclass(frozen=True)
class FieldRow:
    """One field of both; ``side`` is whose value is taken unless staff choose."""

    name: str
    title: object
    this: str
    other: str
    side: Side

    @property
    def differs(self) -> bool:
        return self.this != self.other


@dataclass(frozen=True)
class CountRow:
    """How much each of both has."""

    title: object
    this: int
    other: int


@dataclass(frozen=True)
class ConsentRow:
    """What each of both said, "" where they never spoke, and what counts afterwards."""

    consent: Consent
    this: str
    other: str
    afterwards: str


@dataclass(frozen=True)
class Preview:
    fields: list[FieldRow]
    counts: list[CountRow]
    consents: list[ConsentRow]


def preview_merge(*, keep: Member, other: Member, choose: Mapping[str, str] | None = None) -> Preview:
    """Nothing is written. Raises Rejected on an unknown choice."""
    sides = choices(keep=keep, other=other, choose=choose or {})
    fields = [
        FieldRow(name, title, shown(keep, name), shown(other, name), sides[name])
        for name, title in FIELDS.items()
    ]
    return Preview(fields=fields, counts=_counts(keep, other), consents=_consents(keep, other, sides))


def shown(member: Member, name: str) -> str:
    """A field's value as staff read it."""
    value = getattr(member, name)
    if name == "tier":
        return str(member.get_tier_display())
    if name == "joined_at":
        return date_format(value, "Y-m-d") if value else ""
    return str(value or "")


def _counts(keep: Member, other: Member) -> list[CountRow]:
    both = (keep, other)
    stays = [SegmentMembership.objects.current().filter(member=member).count() for member in both]
    return [
        CountRow(gettext_lazy("orders"), *(member.orders.count() for member in both)),
        CountRow(gettext_lazy("points"), *(standing_of(member=member).balance for member in both)),
        CountRow(gettext_lazy("points lots"), *(member.points_lots.count() for member in both)),
        CountRow(gettext_lazy("coupons"), *(member.coupons.count() for member in both)),
        CountRow(gettext_lazy("events"), *(member.events.count() for member in both)),
        CountRow(gettext_lazy("tags"), *(member.tags.count() for member in both)),
        CountRow(gettext_lazy("segments"), *stays),
    ]


def _consents(keep: Member, other: Member, sides: Mapping[str, Side]) -> list[ConsentRow]:
    joined = joined_consents(keep=keep, other=other, sides=sides)
    kept, others = current_consents(member=keep), current_consents(member=other)
    return [
        ConsentRow(_one(key, kept, others), _said(kept.get(key)), _said(others.get(key)), _words(granted))
        for key, granted in joined.items()
    ]


def _one(key: Key, *spoken: Mapping[Key, Consent]) -> Consent:
    return next(consents[key] for consents in spoken if key in consents)


def _said(consent: Consent | None) -> str:
    return "" if consent is None else _words(consent.granted)


def _words(granted: bool) -> str:
    return str(gettext_lazy("granted") if granted else gettext_lazy("withdrawn"))
