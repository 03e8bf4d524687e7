"""The alert desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from fraud.models import AlertReview, FraudAlert
from membership.models import Order
from tests.factories import (
    NOON,
    AdminFactory,
    FraudAlertFactory,
    FraudScoreFactory,
    OrderFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:fraud_fraudalert_changelist")


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(AdminFactory())
    return client


@pytest.fixture
def alert() -> FraudAlert:
    reasons = [{"code": "device", "text": "", "weight": 1.5, "facts": {"new": True}}]
    order = OrderFactory(device_fingerprint="d2", payment_fingerprint="p1", order_no="SUSPECT")
    OrderFactory(
        member=order.member, placed_at=NOON - timedelta(days=2), device_fingerprint="d1", order_no="EARLIER"
    )
    OrderFactory(device_fingerprint="d2", member__name="Linked Lynn", placed_at=NOON - timedelta(days=1))
    FraudScoreFactory(order=order)
    return FraudAlertFactory(order=order, reasons=reasons)


def page_of(alert: FraudAlert) -> str:
    return reverse("admin:fraud_fraudalert_change", args=(alert.pk,))


def test_the_queue_shows_what_is_to_be_done(boss, alert):
    FraudAlertFactory(state="dismissed", closed_at=NOON, order__order_no="SETTLED")

    todo, all_of_them = boss.get(QUEUE).content.decode(), boss.get(QUEUE, {"queue": "all"}).content.decode()
    assert "SUSPECT" in todo
    assert "SETTLED" not in todo
    assert "SETTLED" in all_of_them


def test_an_alert_shows_reasons_sequence_and_links(boss, alert):
    page = boss.get(page_of(alert)).content.decode()

    assert "a device this member has not used before" in page
    assert "EARLIER" in page
    assert "Linked Lynn" in page


@pytest.mark.parametrize(("verdict", "is_fraud"), [("fraud", True), ("genuine", False)])
def test_a_verdict_is_given_by_a_button(boss, alert, verdict, is_fraud):
    answer = boss.post(
        reverse("admin:fraud_fraudalert_review", args=(alert.pk,)), {"verdict": verdict, "note": "rang"}
    )

    assert answer.url == page_of(alert)
    alert.order.refresh_from_db()
    assert alert.order.is_fraud is is_fraud
    assert AlertReview.objects.get().note == "rang"


def test_several_alerts_are_settled_at_once(boss, alert):
    other = FraudAlertFactory()
    boss.post(QUEUE, {"action": "confirm_genuine", "_selected_action": [alert.pk, other.pk]})

    assert set(FraudAlert.objects.values_list("state", flat=True)) == {"dismissed"}
    assert Order.objects.filter(is_fraud=False).count() == 2


def test_a_declined_order_that_is_genuine_is_offered_to_be_reopened(boss, alert):
    Order.objects.filter(pk=alert.order_id).update(status="declined")
    review = reverse("admin:fraud_fraudalert_review", args=(alert.pk,))
    assert 'name="reopen"' in boss.get(page_of(alert)).content.decode()

    page = boss.post(review, {"verdict": "genuine"}, follow=True).content.decode()

    assert "SUSPECT stays declined" in page
    assert 'value="reopen"' in page
    act = reverse("admin:fraud_fraudalert_act", args=(alert.pk,))
    boss.post(act, {"do": "reopen", "text": "the bank confirmed it"})
    order = Order.objects.get(pk=alert.order_id)
    assert (order.status, order.changes.get().reason) == ("paid", "the bank confirmed it")


def test_a_verdict_can_reopen_at_once(boss, alert):
    Order.objects.filter(pk=alert.order_id).update(status="declined")
    review = reverse("admin:fraud_fraudalert_review", args=(alert.pk,))
    boss.post(review, {"verdict": "genuine", "reopen": "1"})
    assert Order.objects.get(pk=alert.order_id).status == "paid"


def test_a_verdict_needs_a_post(boss, alert):
    assert boss.get(reverse("admin:fraud_fraudalert_review", args=(alert.pk,))).status_code == 405


def test_who_may_only_look_gives_no_verdict(alert):
    viewer = StaffFactory()
    viewer.user_permissions.add(Permission.objects.get(codename="view_fraudalert"))
    client = Client()
    client.force_login(viewer)

    assert "verdict-note" not in client.get(page_of(alert)).content.decode()
    url = reverse("admin:fraud_fraudalert_review", args=(alert.pk,))
    assert client.post(url, {"verdict": "fraud"}).status_code == 403
    assert AlertReview.objects.count() == 0


@pytest.mark.parametrize("model", ["fraudscore", "decisionlog"])
def test_scores_and_decisions_can_be_read(boss, alert, model):
    from fraud.services.scoring import score_order

    score_order(order=alert.order)
    assert "SUSPECT" in boss.get(reverse(f"admin:fraud_{model}_changelist")).content.decode()
    row = (alert.order.fraud_score if model == "fraudscore" else alert.order.fraud_decisions.get()).pk
    assert boss.get(reverse(f"admin:fraud_{model}_change", args=(row,))).status_code == 200


def test_the_members_page_has_the_fraud_panel(boss, alert):
    page = boss.get(reverse("member_page", args=(alert.order.member_id,))).content.decode()

    assert "has 1 open fraud alert" in page
    assert "SUSPECT" in page
