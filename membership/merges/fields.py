"""Whose value is taken, field by field: as it was chosen, or else by rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from membership.errors import FieldError, Rejected
from membership.models import Member, TierStanding
from membership.models.members import Tier

Side = Literal["this", "other"]
"""``this`` is the member who is kept."""
FIELDS: Mapping[str, object] = {
    "name": gettext_lazy("name"),
    "email": gettext_lazy("e-mail"),
    "phone": gettext_lazy("phone"),
    "birth_date": gettext_lazy("birth date"),
    "country": gettext_lazy("country"),
    "language": gettext_lazy("language"),
    "joined_at": gettext_lazy("joined"),
    "tier": gettext_lazy("tier"),
}
"""The fields that can be chosen, with their titles, in the order in which they are shown."""
CONTACTS = ("email", "phone")
"""Unique among members: the value that is not taken goes to the merged member, and finds the other by it."""
COLUMNS = (*FIELDS, "status", "user_id", "merged_into_id")
"""The columns of a member that a merge may change."""
NEVER = datetime.max.replace(tzinfo=UTC)


def choices(*, keep: Member, other: Member, choose: Mapping[str, str]) -> dict[str, Side]:
    """The side of every field. Raises Rejected on an unknown field or side.

    What nobody chose follows the rules: the earliest joining, the higher tier (of two equal ones the one that
    is held by hand), and of the others the value of the member who is kept unless it is empty.
    """
    errors = []
    for name, side in choose.items():
        if name not in FIELDS:
            message = _("There is no field %(name)s to choose; there are %(known)s.")
            errors.append(FieldError(f"choose.{name}", message % {"name": name, "known": ", ".join(FIELDS)}))
        elif side not in ("this", "other"):
            errors.append(FieldError(f"choose.{name}", _("Choose “this” or “other”.")))
    if errors:
        raise Rejected(errors[0].message, errors=errors)
    by_rule = {name: _by_rule(name, keep, other) for name in FIELDS}
    return by_rule | {name: "this" if side == "this" else "other" for name, side in choose.items()}


def _by_rule(name: str, keep: Member, other: Member) -> Side:
    if name == "joined_at":
        return "this" if (keep.joined_at or NEVER) <= (other.joined_at or NEVER) else "other"
    if name == "tier":
        return _higher_tier(keep, other)
    return "this" if getattr(keep, name) or not getattr(other, name) else "other"


def _higher_tier(keep: Member, other: Member) -> Side:
    order = Tier.values
    if keep.tier != other.tier:
        return "this" if order.index(keep.tier) > order.index(other.tier) else "other"
    held = TierStanding.objects.filter(member__in=(keep, other), held_until__isnull=False)
    return "other" if set(held.values_list("member_id", flat=True)) == {other.pk} else "this"


def merged_values(*, keep: Member, other: Member, sides: Mapping[str, Side]) -> dict[str, object]:
    """The columns of the member who is kept, afterwards. Frozen stays frozen, whoever of both was."""
    values: dict[str, object] = {name: getattr(other if side == "other" else keep, name)
                                 for name, side in sides.items()}  # fmt: skip
    frozen = Member.Status.FROZEN in (keep.status, other.status)
    values["status"] = (Member.Status.FROZEN if frozen else Member.Status.ACTIVE).value
    values["user_id"] = keep.user_id or other.user_id
    return values


def left_values(*, keep: Member, other: Member, sides: Mapping[str, Side]) -> dict[str, object]:
    """The columns of the merged member, afterwards: as they were, with the contacts that were not taken."""
    values: dict[str, object] = {
        name: getattr(keep if sides[name] == "other" else other, name) for name in CONTACTS
    }
    values["user_id"] = other.user_id if keep.user_id else None
    values["status"], values["merged_into_id"] = Member.Status.MERGED.value, keep.pk
    return values


def columns_of(member: Member) -> dict[str, object]:
    """The columns that a merge may change, as they are."""
    return {name: getattr(member, name) for name in COLUMNS}
