from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from fraud.models import AlertNote, FraudAlert, Suppression
from fraud.services.desk.actions import add_note, assign, snooze, suppress
from membership.errors import Conflict, Rejected
from tests.factories import NOON, FraudAlertFactory, StaffFactory

pytestmark = pytest.mark.django_db


def noted() -> list[tuple[str, str]]:
    return list(AlertNote.objects.order_by("pk").values_list("kind", "text"))


def test_an_alert_is_assigned_and_given_back_with_a_note_of_both():
    alert, analyst = FraudAlertFactory(), StaffFactory(username="ann")
    assign(alert=alert, to=analyst, by=analyst)
    assert FraudAlert.objects.get().assignee == analyst

    assign(alert=alert, to=None, by=analyst)
    assert FraudAlert.objects.get().assignee is None
    assert noted() == [("assigned", "ann"), ("assigned", "–")]


def test_a_note_is_kept_without_the_spaces_around_it():
    alert, author = FraudAlertFactory(), StaffFactory()
    note = add_note(alert=alert, author=author, text="  called twice \n")

    assert AlertNote.objects.get() == note
    assert (note.alert, note.author, note.text) == (alert, author, "called twice")


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
def test_an_empty_note_is_refused(text):
    with pytest.raises(Rejected):
        add_note(alert=FraudAlertFactory(), author=None, text=text)
    assert not AlertNote.objects.exists()


def test_a_snoozed_alert_is_not_due_until_then():
    alert, until = FraudAlertFactory(), timezone.now() + timedelta(days=3)
    snooze(alert=alert, until=until, by=None)

    assert FraudAlert.objects.get().snoozed_until == until
    assert [kind for kind, _text in noted()] == ["snoozed"]


@pytest.mark.parametrize("days", [-1, 0, 30.1])
def test_a_snooze_outside_its_range_is_refused(days):
    alert = FraudAlertFactory()
    with pytest.raises(Rejected):
        snooze(alert=alert, until=timezone.now() + timedelta(days=days), by=None)
    assert FraudAlert.objects.get().snoozed_until is None


def test_a_closed_alert_cannot_be_snoozed():
    alert = FraudAlertFactory(state=FraudAlert.State.DISMISSED, closed_at=NOON)
    with pytest.raises(Conflict):
        snooze(alert=alert, until=timezone.now() + timedelta(days=1), by=None)
    assert noted() == []


def test_a_member_is_suppressed_for_some_days():
    alert, by = FraudAlertFactory(), StaffFactory()
    made = suppress(alert=alert, what="member", days=5, reason=" known to us ", by=by)

    assert Suppression.objects.active(at=timezone.now()).get() == made
    assert (made.member, made.device, made.reason, made.created_by) == (
        alert.order.member, "", "known to us", by,
    )  # fmt: skip
    assert made.until - made.created_at == timedelta(days=5)
    assert noted()[0][0] == "suppressed"


def test_a_device_is_suppressed_whoever_uses_it():
    alert = FraudAlertFactory(order__device_fingerprint="till-3")
    made = suppress(alert=alert, what="device", days=1, reason="our own till", by=None)
    assert (made.member, made.device) == (None, "till-3")


@pytest.mark.parametrize(
    "draft",
    [
        {"days": 0}, {"days": 366}, {"reason": "  "}, {"what": "device"},
    ],
    ids=["no day", "over a year", "no reason", "an order without a device"],
)  # fmt: skip
def test_a_suppression_is_refused(draft):
    alert = FraudAlertFactory(order__device_fingerprint="")
    with pytest.raises(Rejected):
        suppress(alert=alert, **{"what": "member", "days": 5, "reason": "known", "by": None, **draft})
    assert not Suppression.objects.exists()
    assert noted() == []
