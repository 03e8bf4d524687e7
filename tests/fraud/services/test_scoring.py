"""Decisions at checkout and in the background."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from fraud.models import DecidedBy, Decision, DecisionLog, FraudAlert, FraudScore, Suppression
from fraud.services.desk.alerts import expected_loss
from fraud.services.policies.without_model import save_review_from
from fraud.services.replaying import replay_decision
from fraud.services.rescoring import score_orders
from fraud.services.scoring import score_order, warm_up
from membership.models import Member, Order
from registry.services import load_live
from tests.factories import FraudAlertFactory, ModelVersionFactory, OrderFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("total", "decision"), [("99.99", Decision.APPROVE), ("100", Decision.REVIEW)])
def test_in_a_new_shop_the_amount_decides_and_the_reason_says_so(total: str, decision: str):
    score = score_order(order=OrderFactory(total=Decimal(total)))

    stored = FraudScore.objects.get()
    assert (stored.decision, stored.probability, stored.decided_by) == (decision, None, DecidedBy.AMOUNT)
    assert [reason["code"] for reason in score.reasons] == ["no_model_yet"]
    assert "orders below $100.00 are approved" in score.reasons[0]["text"]
    assert replay_decision(log=DecisionLog.objects.get()).differences == []
    priorities = list(FraudAlert.objects.values_list("priority", flat=True))
    assert priorities == ([Decimal(100)] if decision == Decision.REVIEW else [])  # all of it may be lost


def test_in_a_new_shop_staff_set_the_amount_and_the_decision_names_their_policy():
    policy = save_review_from(amount=Decimal(20), user=None)
    score = score_order(order=OrderFactory(total=Decimal(20)))

    assert score.decision == Decision.REVIEW
    assert DecisionLog.objects.get().policy == policy


def test_in_a_new_shop_an_order_without_a_rate_is_reviewed():
    score = score_order(order=OrderFactory(total=Decimal(5), currency="NZD"))

    assert (score.decision, score.reasons[0]["code"]) == (Decision.REVIEW, "no_model_yet")
    assert "not known" in score.reasons[0]["text"]


def test_in_a_new_shop_a_trusted_member_is_not_held():
    order = OrderFactory(total=Decimal(500))
    Suppression.objects.create(member=order.member, until=timezone.now() + timedelta(days=1))

    assert score_order(order=order).decision == Decision.APPROVE
    assert FraudScore.objects.get().decided_by == DecidedBy.SUPPRESSED
    assert replay_decision(log=DecisionLog.objects.get()).differences == []


def test_a_live_model_that_cannot_be_loaded_is_no_new_shop():
    ModelVersionFactory(family="fraud")
    score = score_order(order=OrderFactory(total=Decimal(5)))

    assert (score.decision, score.reasons[0]["code"]) == (Decision.REVIEW, "model_unavailable")


def test_a_damaged_model_does_not_lose_the_order(live):
    shutil.rmtree(live.artefact)
    from registry.services import versions

    versions._loaded.clear()
    score = score_order(order=OrderFactory())

    assert (score.decision, score.reasons[0]["code"]) == (Decision.REVIEW, "model_unavailable")


def test_checkout_and_background_give_the_same_score(live):
    order = Order.objects.latest("placed_at")
    in_background = FraudScore.objects.get(order=order).probability

    assert score_order(order=order).probability == pytest.approx(in_background, rel=1e-4)


def test_a_theft_is_held_with_reasons_and_an_alert(live, now):
    theft = suspicious_order(now)
    score = score_order(order=theft)

    assert score.decision != Decision.APPROVE
    assert score.model_version == live
    weights = [reason["weight"] for reason in score.reasons]
    assert weights
    assert weights == sorted(weights, reverse=True)
    assert all(reason["text"] for reason in score.reasons)
    alert = FraudAlert.objects.get(order=theft)
    assert alert.priority == expected_loss(probability=score.probability, amount=theft.total)
    assert score.latency_ms is not None


def test_every_decision_is_logged_and_can_be_replayed(live, now):
    score = score_order(order=suspicious_order(now))
    log = DecisionLog.objects.get()

    assert log.decision == score.decision
    assert replay_decision(log=log).probability == log.probability
    assert replay_decision(log=log).differences == []


def test_scoring_twice_keeps_one_score_and_one_alert(live, now):
    theft = suspicious_order(now)
    score_order(order=theft)
    score_order(order=theft)

    assert FraudScore.objects.filter(order=theft).count() == 1
    assert FraudAlert.objects.filter(order=theft).count() == 1
    assert DecisionLog.objects.filter(order=theft).count() == 2


def test_only_recent_orders_are_scored_again(live, now):
    FraudScore.objects.all().delete()
    written = score_orders(loaded=load_live("fraud"), since=now - timedelta(days=11))

    assert (
        written
        == FraudScore.objects.count()
        == Order.objects.filter(placed_at__gte=now - timedelta(days=11)).count()
    )
    assert 0 < written < Order.objects.count()


def test_recent_suspects_raise_alerts_in_the_background(live, now):
    theft = suspicious_order(now)
    FraudScore.objects.filter(order=theft).delete()
    score_orders(loaded=load_live("fraud"))
    alert = FraudAlert.objects.get(order=theft)

    assert alert.reasons
    assert not FraudAlert.objects.filter(order__placed_at__lt=now - timedelta(days=31)).exists()
    json.dumps(alert.reasons)


def test_an_open_alert_takes_over_the_new_score(live, now):
    alert = FraudAlertFactory(order=suspicious_order(now), probability=0.123, priority=1)
    score_orders(loaded=load_live("fraud"))
    alert.refresh_from_db()

    assert alert.probability == alert.order.fraud_score.probability
    assert alert.reasons == alert.order.fraud_score.reasons


def suspicious_order(now) -> Order:
    """What the thieves of the toy shop did, on another member."""
    victim = Member.objects.order_by("pk")[1]
    for minutes, total in ((60, "15.00"), (30, "185.00")):
        order = OrderFactory(
            member=victim,
            placed_at=now + timedelta(days=1, minutes=-minutes),
            total=total,
            subtotal=total,
            item_count=2,
            payment_fingerprint=f"pay-{victim.pk}",
            device_fingerprint="thief",
        )
    order.refresh_from_db()
    return order


def test_warming_up_loads_the_model_and_leaves_no_trace(live):
    from registry.services import versions

    versions._loaded.clear()
    logged = DecisionLog.objects.count()

    assert warm_up()
    assert versions._loaded["fraud"].version == live
    assert DecisionLog.objects.count() == logged


def test_warming_up_without_a_model_logs_nothing():
    OrderFactory()

    assert not warm_up()
