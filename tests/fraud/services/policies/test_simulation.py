"""What a setting would have cost, against sums over single orders."""

from __future__ import annotations

import io
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from fraud.models import Decision, DecisionPolicy, PastScores
from fraud.services.policies.past_scores import Past
from fraud.services.policies.policy import Costs, Setting, Thresholds
from fraud.services.policies.simulation import (
    cost_curve,
    needed_past,
    price_for,
    save_policy,
    setting_of,
    simulate,
)
from membership.errors import Conflict
from registry.models import ModelVersion
from tests.factories import NOON, ModelVersionFactory

Rows = list[tuple[float, float, int, int]]
rows = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0.01, 500), st.sampled_from((0, 1)), st.integers(1, 3)),
    min_size=1, max_size=25,
)  # fmt: skip
possible_settings = st.builds(
    Thresholds, review=st.floats(0.01, 0.9), decline=st.none() | st.floats(0.9, 1)
) | st.builds(
    Costs,
    price=st.floats(0, 50),
    margin=st.floats(0, 1),
    decline_from=st.none() | st.floats(0.5, 1),
    currency=st.just("USD"),
)


def past_of(given_rows: Rows, *, days: float = 10.0) -> Past:
    """Rows of (probability, amount, is fraud, weight); only a genuine order stands for several."""
    probability, amount, is_fraud, weight = (
        np.array(column, float) for column in zip(*given_rows, strict=True)
    )
    n = len(given_rows)
    return Past(
        order=np.arange(n),
        probability=probability.astype(np.float32),
        amount=amount,
        is_fraud=is_fraud.astype(np.int8),
        day=np.zeros(n, int),
        weight=np.where(is_fraud == 1, 1, weight),
        days=days,
        begins_at=NOON,
        ends_at=NOON,
        in_sample=False,
        version=ModelVersion(parameters={"thresholds": {"review": 0.4, "decline": None}}),
    )


@given(rows, possible_settings)
def test_the_simulation_decides_as_single_orders_are_decided(given_rows: Rows, setting: Setting):
    past = past_of(given_rows)
    decisions = [
        setting.decide(float(p), amount=float(amount))
        for p, amount in zip(past.probability, past.amount, strict=True)
    ]
    outcome = simulate(past, setting, review_cost=2.0, margin=0.25)
    weight = past.weight.tolist()

    reviewed = sum(w for w, made in zip(weight, decisions, strict=True) if made == Decision.REVIEW)
    declined = sum(w for w, made in zip(weight, decisions, strict=True) if made == Decision.DECLINE)
    assert (outcome["reviewed"], outcome["declined"]) == (reviewed, declined)
    cost = 0.0
    for amount, bad, w, made in zip(past.amount, past.is_fraud, weight, decisions, strict=True):
        if made == Decision.REVIEW:
            cost += 2.0 * w
        elif made == Decision.APPROVE and bad:
            cost += amount * w
        elif made == Decision.DECLINE and not bad:
            cost += amount * w * 0.25
    assert outcome["cost"] == pytest.approx(cost, abs=0.006)


@given(rows)
def test_stopping_nothing_costs_all_the_fraud(given_rows: Rows):
    past = past_of(given_rows)
    outcome = simulate(past, Thresholds(review=1.1, decline=None), review_cost=2.0, margin=0.25)

    assert outcome["cost"] == outcome["cost_without"] == outcome["fraud_amount"]
    assert outcome["fraud_amount_stopped"] == outcome["reviewed"] == outcome["declined"] == 0


@given(rows)
def test_reviewing_all_stops_all_the_fraud(given_rows: Rows):
    past = past_of(given_rows)
    outcome = simulate(past, Thresholds(review=0.0, decline=None), review_cost=2.0, margin=0.25)

    assert outcome["frauds_stopped"] == outcome["frauds"]
    assert outcome["cost"] == pytest.approx(2.0 * past.weight.sum(), abs=0.01)
    assert outcome["reviews_per_day"] == pytest.approx(past.weight.sum() / past.days, abs=0.006)


@given(rows, st.integers(1, 4), st.floats(0.1, 20))
def test_the_price_for_a_capacity_keeps_to_it(given_rows: Rows, reviews_per_day: int, review_cost: float):
    past = past_of(given_rows, days=2.0)
    price = price_for(past, reviews_per_day=reviews_per_day, review_cost=review_cost)
    outcome = simulate(past, Costs(price, 0.3, None, "USD"), review_cost=review_cost, margin=0.3)

    assert price >= review_cost
    assert outcome["reviewed"] <= reviews_per_day * past.days


def test_a_capacity_that_was_never_filled_has_the_price_of_a_review():
    assert price_for(past_of([(0.9, 100.0, 1, 1)]), reviews_per_day=10, review_cost=4.0) == 4.0


@given(rows)
def test_more_reviews_never_stop_less(given_rows: Rows):
    past = past_of(given_rows)
    points = cost_curve(past, Thresholds(0.5, None), review_cost=1.0, margin=0.3)
    reviews = [point["reviews_per_day"] for point in points]

    assert reviews == sorted(reviews)


CHOSEN = {
    "method": DecisionPolicy.Method.COST, "review_cost": Decimal(3), "margin": 0.3, "reviews_per_day": 1,
    "decline_from": None,
}  # fmt: skip


def test_each_method_has_its_setting(settings: Settings):
    settings.SHOP_CURRENCY = "EUR"
    past = past_of([(0.9, 100.0, 1, 1), (0.5, 10.0, 0, 1), (0.5, 8.0, 0, 1)], days=1.0)

    by_model = setting_of(past, {**CHOSEN, "method": DecisionPolicy.Method.MODEL})
    by_capacity = setting_of(past, {**CHOSEN, "method": DecisionPolicy.Method.CAPACITY})
    assert by_model == Thresholds(0.4, None)
    assert setting_of(past, CHOSEN) == Costs(3.0, 0.3, None, "EUR")
    assert by_capacity == Costs(5.0, 0.3, None, "EUR")  # of expected losses 90, 5 and 4 one is reviewed


@pytest.mark.django_db
def test_without_judged_orders_nothing_can_be_tried():
    with pytest.raises(Conflict, match="no judged past orders"):
        needed_past()


@pytest.fixture
def judged(db: None) -> PastScores:
    """Of a live version: a fraud of 100 at .9, and 10 at .2 that stands for four genuine orders."""
    version = ModelVersionFactory(family="fraud", parameters={"thresholds": {"review": 0.4, "decline": None}})
    file = io.BytesIO()
    np.savez(
        file, order=np.array([1, 2]), probability=np.array([0.9, 0.2], np.float32),
        amount=np.array([100.0, 10.0]), is_fraud=np.array([1, 0], np.int8), day=np.array([0, 1]),
        weight=np.array([1.0, 4.0]),
    )  # fmt: skip
    return PastScores.objects.create(
        model_version=version, orders=5, frauds=1, begins_at=NOON, ends_at=NOON, arrays=file.getvalue()
    )


def test_past_orders_are_those_of_the_live_version(judged: PastScores):
    past = needed_past()

    assert past.weight.tolist() == [1, 4]
    assert past.days == 1.0  # a day at least
    ModelVersion.objects.update(status=ModelVersion.Status.RETIRED)
    with pytest.raises(Conflict):
        needed_past()


def test_a_saved_policy_holds_what_it_was_expected_to_do(judged: PastScores):
    policy = save_policy(chosen={**CHOSEN, "note": "try"}, user=None)
    policy.refresh_from_db()

    # the fraud's expected loss of 90 is worth a review of 3, the genuine order's 2 is not
    assert policy.expected["reviewed"] == 1
    assert policy.expected["cost"] == 3
    assert policy.model_version == judged.model_version
    assert (policy.note, policy.price) == ("try", Decimal(3))


def test_a_policy_by_capacity_keeps_its_price(judged: PastScores):
    by_capacity = {**CHOSEN, "method": DecisionPolicy.Method.CAPACITY, "reviews_per_day": 2}
    policy = save_policy(chosen=by_capacity, user=None)

    # expected losses are 90 and 2, the second four times: the second fills the capacity, below the cost
    assert policy.price == Decimal(3)
