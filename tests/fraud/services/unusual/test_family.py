"""The forest is fitted by the registry, as models are, and ranks what waits for a review."""

from __future__ import annotations

import pytest

from fraud.models import FraudAlert
from fraud.services.unusual.ranking import FAMILY
from learning.json_types import JsonMapping
from membership.models import Order
from registry.models import ModelVersion, TrainingRun
from tests.factories import FraudAlertFactory, ModelVersionFactory
from tests.fraud.services.unusual.conftest import fit

pytestmark = pytest.mark.django_db


def alert_on(order: Order, **values: object) -> FraudAlert:
    reasons: list[JsonMapping] = [{"code": "rule", "text": "Rule: x", "weight": 0.0, "facts": {"name": "x"}}]
    given = {"probability": None, "reasons": reasons, "priority": order.total, **values}
    alert: FraudAlert = FraudAlertFactory(order=order, **given)
    return alert


def strange_order() -> Order:
    """A theft: from a device that the member never used, for several times as much."""
    return Order.objects.filter(device_fingerprint__startswith="thief").order_by("-total").first()  # type: ignore[return-value]  # there are some


def usual_order() -> Order:
    return Order.objects.exclude(device_fingerprint__startswith="thief").order_by("-placed_at").first()  # type: ignore[return-value]  # there are some


def test_a_fit_goes_live_and_says_how_far_another_seed_agrees(forest: ModelVersion) -> None:
    assert forest.estimator == "isolation_forest"
    assert forest.metrics["score"] == forest.metrics["stability"] > 0.8
    assert forest.metrics["orders"] == Order.objects.count()


def test_a_newer_fit_takes_the_place_of_the_older(forest: ModelVersion) -> None:
    assert fit().version == ModelVersion.objects.live(FAMILY).get()
    forest.refresh_from_db()
    assert forest.status == ModelVersion.Status.RETIRED


def test_a_fit_ranks_the_open_alerts_with_reasons_and_priority(new_shop: None) -> None:
    strange, usual = alert_on(strange_order()), alert_on(usual_order())
    fit()
    strange.refresh_from_db()
    usual.refresh_from_db()

    assert strange.unusual is not None
    assert usual.unusual is not None
    assert strange.unusual > 0.97 > usual.unusual
    codes = [reason["code"] for reason in strange.reasons]
    assert codes[:2] == ["rule", "unusual"]
    assert {"device", "amount"} & set(codes)
    assert "unusual: higher than 9" in strange.reasons[1]["text"]
    assert float(strange.priority) == pytest.approx(
        float(strange.order.total) / (1 - strange.unusual), rel=1e-3
    )
    assert list(FraudAlert.objects.most_urgent_first()) == [strange, usual]


def test_a_second_fit_leaves_no_reason_twice(new_shop: None) -> None:
    alert = alert_on(strange_order())
    fit()
    fit()
    alert.refresh_from_db()

    codes = [reason["code"] for reason in alert.reasons]
    assert len(codes) == len(set(codes))


def test_a_fit_that_ends_after_the_first_model_ranks_nothing(new_shop: None) -> None:
    alert = alert_on(strange_order())
    ModelVersionFactory(family="fraud")
    fit()
    alert.refresh_from_db()

    assert alert.unusual is None
    assert not ModelVersion.objects.live(FAMILY).exists()


def test_too_few_orders_are_said_plainly(db: None) -> None:
    run = fit()

    assert run.status == TrainingRun.Status.FAILED
    assert "no orders of active members" in run.error
