"""What staff do to one member on its page: POST ``action`` and what it needs.

Each subject registers its own actions in ``AppConfig.ready()``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.errors import rejected
from membership.members import accounts as member_services
from membership.members.consents import record_consent
from membership.models import Member


class Run(Protocol):
    """Does it and says what was done, "" when nothing changed."""

    def __call__(self, member: Member, request: HttpRequest) -> str: ...


@dataclass(frozen=True)
class MemberAction:
    """``permission`` is what the person needs."""

    key: str
    run: Run
    permission: str


_actions: dict[str, MemberAction] = {}


def register_member_action(action: MemberAction) -> None:
    _actions[action.key] = action


def member_action(key: str) -> MemberAction | None:
    return _actions.get(key)


def member_actions() -> list[MemberAction]:
    """All registered actions in the order of their keys."""
    return sorted(_actions.values(), key=lambda action: action.key)


def register_own_actions() -> None:
    """Called once, when the app is ready."""
    for key, run, permission in (
        ("freeze", _freeze, "membership.change_member"),
        ("unfreeze", _unfreeze, "membership.change_member"),
        ("tier", _change_tier, "membership.change_member"),
        ("tag", _add_tag, "membership.change_member"),
        ("untag", _remove_tag, "membership.change_member"),
        ("consent", _record_consent, "membership.add_consent"),
    ):
        register_member_action(MemberAction(key, run, permission))


def _freeze(member: Member, request: HttpRequest) -> str:
    changed = member_services.set_frozen(member=member, frozen=True)
    return _("%(member)s is frozen.") % {"member": member} if changed else ""


def _unfreeze(member: Member, request: HttpRequest) -> str:
    changed = member_services.set_frozen(member=member, frozen=False)
    return _("%(member)s is active again.") % {"member": member} if changed else ""


def _change_tier(member: Member, request: HttpRequest) -> str:
    tier = request.POST.get("tier", "")
    source = request.user.get_username()[:40]
    changed = member_services.change_tier(
        member=member, tier=tier, source=source, reason=request.POST.get("reason", "").strip(),
        held_until=_end_of(request.POST.get("held_until", "")),
    )  # fmt: skip
    if not changed:
        return ""
    member.tier = tier
    return _("The tier is now %(tier)s.") % {"tier": member.get_tier_display()}


def _end_of(day: str) -> datetime | None:
    """The end of a day of the shop's calendar; None without one. Raises Rejected."""
    if not day:
        return None
    try:
        after = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise rejected("held_until", _("This is not a valid date or time.")) from None
    return timezone.make_aware(datetime.combine(after, time.min))


def _add_tag(member: Member, request: HttpRequest) -> str:
    name = request.POST.get("name", "")
    changed = member_services.add_tag(member=member, name=name)
    return _("The tag %(tag)s has been added.") % {"tag": name.strip()} if changed else ""


def _remove_tag(member: Member, request: HttpRequest) -> str:
    tag = request.POST.get("tag", "")
    changed = tag.isdecimal() and member_services.remove_tag(member=member, tag_id=int(tag))
    return _("The tag has been removed.") if changed else ""


def _record_consent(member: Member, request: HttpRequest) -> str:
    consent = record_consent(
        member=member,
        purpose=request.POST.get("purpose", ""),
        channel=request.POST.get("channel", ""),
        granted=request.POST.get("granted") == "1",
        source=f"staff:{request.user.get_username()}"[:40],
    )
    return str(consent)
