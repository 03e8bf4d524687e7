"""Ranks at checkout, in the queue, in the log and on the pages; and their end."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fraud.models import DecidedBy, Decision, DecisionLog, FraudAlert
from fraud.services.policies.without_model import save_review_from
from fraud.services.replaying import replay_decision
from fraud.services.scoring import score_order
from fraud.services.unusual.ranking import FAMILY, rank_open_alerts, stop_ranking
from membership.models import Member, Order
from registry.models import ModelVersion
from registry.services import load_live, versions
from tests.api_client import key_client
from tests.factories import AdminFactory, OrderFactory
from tests.fraud.conftest import retrain

pytestmark = pytest.mark.django_db


def ordered(total: int, *, device: str = "never-seen") -> Order:
    """A member's order, now."""
    member = Member.objects.order_by("pk").first()
    order: Order = OrderFactory(
        member=member, total=Decimal(total), status="held", placed_at=timezone.now(),
        device_fingerprint=device, currency="USD",
    )  # fmt: skip
    return order


def test_a_held_order_is_ranked_at_once_and_the_amount_still_decides(forest: ModelVersion) -> None:
    score = score_order(order=ordered(900))
    alert = FraudAlert.objects.get()

    assert (score.decision, score.probability, score.decided_by) == (Decision.REVIEW, None, DecidedBy.AMOUNT)
    assert alert.unusual is not None
    assert alert.unusual > 0.95
    assert [reason["code"] for reason in score.reasons][:2] == ["no_model_yet", "unusual"]
    assert len(score.reasons) > 2
    assert float(alert.priority) == pytest.approx(900 / (1 - alert.unusual), rel=1e-3)


def test_an_approved_order_is_not_ranked(forest: ModelVersion) -> None:
    score = score_order(order=ordered(20))

    assert score.decision == Decision.APPROVE
    assert DecisionLog.objects.get().unusual is None


def test_what_is_usual_is_not_called_unusual(forest: ModelVersion) -> None:
    save_review_from(amount=Decimal(0), user=None)
    usual = Order.objects.exclude(device_fingerprint__startswith="thief").order_by("-placed_at").first()
    assert usual is not None
    score = score_order(order=usual)
    alert = FraudAlert.objects.get()

    assert alert.unusual is not None
    assert alert.unusual < 0.9
    assert score.reasons[1]["code"] == "unusual"


def test_the_log_replays_the_rank_after_its_forest_was_retired(forest: ModelVersion) -> None:
    score_order(order=ordered(900))
    log = DecisionLog.objects.get()
    stop_ranking()

    replay = replay_decision(log=log)
    assert log.unusual is not None
    assert (replay.unusual, replay.differences) == (log.unusual, [])
    assert log.unusual_version == forest


def test_checkout_and_background_give_the_same_rank(forest: ModelVersion) -> None:
    score_order(order=ordered(900))
    at_checkout = FraudAlert.objects.get().unusual
    FraudAlert.objects.update(unusual=None)

    assert rank_open_alerts(loaded=load_live(FAMILY), only_new=True) == 1
    assert FraudAlert.objects.get().unusual == at_checkout
    assert rank_open_alerts(loaded=load_live(FAMILY), only_new=True) == 0


def test_a_forest_that_cannot_be_read_stops_no_order(forest: ModelVersion) -> None:
    versions._loaded.clear()
    (forest.artefact / "arrays.npz").unlink()
    score = score_order(order=ordered(900))

    assert (score.decision, score.decided_by) == (Decision.REVIEW, DecidedBy.AMOUNT)
    assert FraudAlert.objects.get().unusual is None


def test_the_api_says_that_it_is_a_rank(forest: ModelVersion) -> None:
    score_order(order=ordered(900))
    client = key_client("fraud:read")
    (row,) = client.get("/api/v1/alerts/").data["results"]

    assert row["probability"] is None
    assert 95 <= row["unusual_percent"] <= 99
    assert client.get(f"/api/v1/alerts/{row['id']}/").data["unusual_percent"] == row["unusual_percent"]


def test_the_page_of_the_alert_says_that_it_is_a_rank(forest: ModelVersion, client: Client) -> None:
    score_order(order=ordered(900))
    client.force_login(AdminFactory())
    page = client.get(reverse("admin:fraud_fraudalert_change", args=(FraudAlert.objects.get().pk,)))

    assert "a rank, not a probability" in page.content.decode()
    assert "unusual: higher than 9" in page.content.decode()


def test_the_first_model_ends_all_ranking(shop: None) -> None:
    from tests.fraud.services.unusual.conftest import fit

    fit()
    score_order(order=ordered(900))
    assert FraudAlert.objects.get().unusual is not None
    retrain(recipe="light")

    alert = FraudAlert.objects.get()
    assert ModelVersion.objects.live("fraud").exists()
    assert (alert.unusual, ModelVersion.objects.live(FAMILY).count()) == (None, 0)
    assert alert.probability is not None
    assert "unusual" not in [reason["code"] for reason in alert.reasons]
