"""What staff do with an alert besides a verdict: assign it, add a note, put it off, suppress similar ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fraud.models import AlertNote, FraudAlert, Suppression
from membership.errors import Conflict, rejected
from membership.wording import moment_text

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_SNOOZE_DAYS, LONGEST_SUPPRESSION_DAYS = 30, 365


def assign(*, alert: FraudAlert, to: User | None, by: User | None) -> None:
    """Give the alert to somebody, or to nobody."""
    alert.assignee = to
    alert.save(update_fields=("assignee",))
    _note(alert, by, AlertNote.Kind.ASSIGNED, to.get_username() if to else "–")


def add_note(*, alert: FraudAlert, author: User | None, text: str) -> AlertNote:
    """Raises Rejected when there is nothing to note."""
    if not text.strip():
        raise rejected("text", _("Write something to note."))
    return _note(alert, author, AlertNote.Kind.NOTE, text.strip())


def snooze(*, alert: FraudAlert, until: datetime, by: User | None) -> None:
    """Take the alert out of the queue until a moment. Raises Rejected and Conflict."""
    now = timezone.now()
    if not now < until <= now + timedelta(days=LONGEST_SNOOZE_DAYS):
        raise rejected("until", _("An alert can be put off by %d days at most.") % LONGEST_SNOOZE_DAYS)
    if alert.closed_at is not None:
        raise Conflict(_("This alert is closed; there is nothing to put off."))
    with transaction.atomic():
        alert.snoozed_until = until
        alert.save(update_fields=("snoozed_until",))
        _note(alert, by, AlertNote.Kind.SNOOZED, moment_text(until))


def suppress(*, alert: FraudAlert, what: str, days: int, reason: str, by: User | None) -> Suppression:
    """For ``days``, let the model alone hold no order of this ``member`` or ``device``. Raises Rejected."""
    if not 1 <= days <= LONGEST_SUPPRESSION_DAYS:
        raise rejected("days", _("Alerts are suppressed for 1 to %d days.") % LONGEST_SUPPRESSION_DAYS)
    if not reason.strip():
        raise rejected("reason", _("Give a reason."))
    order = alert.order
    if what == "device" and not order.device_fingerprint:
        raise rejected("what", _("This order has no device."))
    now = timezone.now()
    with transaction.atomic():
        made = Suppression.objects.create(
            member=order.member if what == "member" else None,
            device=order.device_fingerprint if what == "device" else "",
            until=now + timedelta(days=days),
            reason=reason.strip(),
            created_by=by,
            created_at=now,
        )
        _note(alert, by, AlertNote.Kind.SUPPRESSED, f"{made} → {moment_text(made.until)}: {made.reason}")
    return made


def _note(alert: FraudAlert, author: User | None, kind: str, text: str) -> AlertNote:
    return AlertNote.objects.create(alert=alert, author=author, kind=kind, text=text)
