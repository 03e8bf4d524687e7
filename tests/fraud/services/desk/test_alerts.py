"""Verdicts close alerts, label orders and end their hold."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fraud.models import AlertReview, FraudAlert
from fraud.services.desk.alerts import (
    expected_loss,
    open_alert,
    open_alerts,
    reopen_declined,
    review_alert,
)
from membership.errors import Conflict, Rejected
from membership.models import Order
from tests.factories import NOON, FraudAlertFactory, FraudScoreFactory, OrderFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("verdict", "state", "is_fraud", "status"),
    [("fraud", "confirmed", True, "declined"), ("genuine", "dismissed", False, "paid")],
)
def test_a_verdict_labels_the_order(verdict, state, is_fraud, status):
    alert = FraudAlertFactory(order__status=Order.Status.HELD)
    reviewer, at = StaffFactory(), NOON + timedelta(hours=3)
    review = review_alert(alert=alert, reviewer=reviewer, verdict=verdict, note="called", at=at)

    order = Order.objects.get()
    assert (order.is_fraud, order.label_known_at, order.label_source) == (is_fraud, at, "review")
    assert order.status == status
    assert (alert.state, alert.closed_at, alert.assignee) == (state, at, reviewer)
    assert (review.reviewer, review.note, review.reviewed_at) == (reviewer, "called", at)


@pytest.mark.parametrize(("reopen", "status"), [(False, "declined"), (True, "paid")])
def test_a_genuine_order_that_was_declined_is_reopened_if_that_is_said(reopen, status):
    alert = FraudAlertFactory(order__status=Order.Status.DECLINED)
    review_alert(
        alert=alert, reviewer=StaffFactory(username="rita"), verdict="genuine", note="called", reopen=reopen
    )

    order = Order.objects.get()
    assert (order.status, order.is_fraud) == (status, False)
    changes = list(order.changes.values_list("source", "who", "reason"))
    assert changes == ([("fraud review", "rita", "called")] if reopen else [])


def test_what_is_fraud_or_not_declined_is_not_reopened():
    declined = FraudAlertFactory(order__status=Order.Status.DECLINED)
    paid = FraudAlertFactory(order__status=Order.Status.PAID)

    with pytest.raises(Rejected, match="genuine"):
        review_alert(alert=declined, reviewer=None, verdict="fraud", reopen=True)
    with pytest.raises(Conflict, match="nothing to reopen"):
        review_alert(alert=paid, reviewer=None, verdict="genuine", reopen=True)
    with pytest.raises(Conflict, match="genuine"):
        reopen_declined(order=declined.order, who="rita")
    assert not AlertReview.objects.exists()


def test_a_verdict_on_a_held_order_stands_in_its_history():
    alert = FraudAlertFactory(order__status=Order.Status.HELD)
    review_alert(alert=alert, reviewer=None, verdict="genuine", who="key:Till")

    assert Order.objects.get().changes.get().who == "key:Till"


def test_not_sure_keeps_the_alert_in_the_queue():
    alert = FraudAlertFactory()
    review_alert(alert=alert, reviewer=StaffFactory(), verdict=AlertReview.Verdict.UNSURE)

    assert alert.state == FraudAlert.State.IN_REVIEW
    assert FraudAlert.objects.open().get() == alert
    assert Order.objects.get().is_fraud is None


def test_a_second_verdict_corrects_the_first():
    alert = FraudAlertFactory()
    review_alert(alert=alert, reviewer=StaffFactory(), verdict="fraud", at=NOON + timedelta(hours=1))
    review_alert(alert=alert, reviewer=StaffFactory(), verdict="genuine", at=NOON + timedelta(hours=2))

    assert (alert.state, Order.objects.get().is_fraud) == ("dismissed", False)
    assert alert.reviews.count() == 2


def test_a_later_chargeback_stands_against_an_earlier_verdict():
    order = OrderFactory(
        is_fraud=True, label_known_at=NOON + timedelta(days=9), label_source=Order.LabelSource.CHARGEBACK
    )
    alert = FraudAlertFactory(order=order)
    with pytest.raises(Conflict, match="later outcome"):
        review_alert(alert=alert, reviewer=StaffFactory(), verdict="genuine", at=NOON + timedelta(days=1))

    alert.refresh_from_db()
    assert (alert.state, AlertReview.objects.count()) == ("open", 0)


def test_an_order_left_held_by_a_killed_process_gets_an_alert():
    order = OrderFactory(status=Order.Status.HELD, imported_at=NOON, placed_at=NOON)
    FraudScoreFactory(order=order, decision="approve")
    assert open_alerts(at=NOON + timedelta(minutes=4)) == 0  # it may be on its way
    assert open_alerts(at=NOON + timedelta(minutes=6)) == 1
    review_alert(alert=FraudAlert.objects.get(), reviewer=StaffFactory(), verdict="genuine")
    assert Order.objects.get().status == Order.Status.PAID


def test_a_second_score_leaves_a_closed_alert_alone():
    alert = FraudAlertFactory(probability=0.9)
    score = FraudScoreFactory(order=alert.order, decision="review", probability=0.2)
    open_alert(order=alert.order, score=score, at=NOON)
    assert FraudAlert.objects.get().probability == 0.2
    review_alert(alert=alert, reviewer=StaffFactory(), verdict="fraud")
    score.probability = 0.1
    open_alert(order=alert.order, score=score, at=NOON)
    assert FraudAlert.objects.get().probability == 0.2


def test_the_queue_starts_with_the_largest_expected_loss():
    small, large = FraudAlertFactory(priority=Decimal(2)), FraudAlertFactory(priority=Decimal(90))

    assert list(FraudAlert.objects.open().most_urgent_first()) == [large, small]


def test_an_unscored_order_may_be_lost_whole():
    assert expected_loss(probability=None, amount=Decimal(40)) == Decimal(40)
    assert expected_loss(probability=0.25, amount=Decimal(40)) == Decimal(10)
