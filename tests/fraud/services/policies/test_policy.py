"""From probability to decision."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.models import Decision, DecisionPolicy
from fraud.services.policies.policy import (
    REVIEW_SHARE,
    Costs,
    Thresholds,
    choose_thresholds,
    setting_in_force,
    stored_setting,
)


def test_a_threshold_belongs_to_the_stricter_side():
    thresholds = Thresholds(review=0.2, decline=0.9)

    assert [thresholds.decide(p) for p in (0.19, 0.2, 0.9)] == [
        Decision.APPROVE,
        Decision.REVIEW,
        Decision.DECLINE,
    ]


def test_reviews_keep_to_the_daily_capacity():
    probability = np.linspace(0, 1, 10_000)
    thresholds = choose_thresholds(
        is_fraud=np.zeros(10_000), probability=probability, days=20, reviews_per_day=5
    )

    assert (probability >= thresholds.review).sum() == 100


def test_a_small_shop_reviews_a_small_share():
    probability = np.linspace(0, 1, 200)
    thresholds = choose_thresholds(is_fraud=np.zeros(200), probability=probability, days=40)

    assert (probability >= thresholds.review).sum() == 6


def test_nothing_is_declined_on_thin_evidence():
    is_fraud = np.array([0.0] * 990 + [1.0] * 10)
    probability = np.linspace(0, 1, 1_000)

    assert choose_thresholds(is_fraud=is_fraud, probability=probability, days=10).decline is None


def test_orders_that_were_nearly_always_fraud_are_declined():
    is_fraud = np.array([0.0] * 960 + [1.0] * 40)
    probability = np.linspace(0, 1, 1_000)
    decline = choose_thresholds(is_fraud=is_fraud, probability=probability, days=10).decline

    assert decline is not None
    flagged = probability >= decline
    assert is_fraud[flagged].mean() >= 0.95


probabilities = st.floats(0, 1)
costs = st.builds(
    Costs,
    price=st.floats(0, 100),
    margin=st.floats(0, 1),
    decline_from=st.none() | st.floats(0.5, 1),
    currency=st.just("USD"),
)


@given(costs, probabilities, st.floats(0, 10_000))
def test_costs_never_choose_what_is_dearer(setting: Costs, probability: float, amount: float):
    """Of what may be chosen, the decision is the cheapest by its expected cost."""
    prices = {
        Decision.APPROVE: probability * amount,
        Decision.REVIEW: setting.price,
        Decision.DECLINE: (1 - probability) * amount * setting.margin,
    }
    if setting.decline_from is None or probability < setting.decline_from:
        del prices[Decision.DECLINE]

    assert prices[setting.decide(probability, amount=amount)] == min(prices.values())


@given(costs)
def test_a_setting_is_read_back_from_its_log(setting: Costs):
    assert stored_setting(json.loads(json.dumps(setting.as_parameters()))) == setting


def test_thresholds_survive_their_log_and_none_stays_none():
    for setting in (Thresholds(0.2, None), Thresholds(0.2, 0.9)):
        assert stored_setting(json.loads(json.dumps(setting.as_parameters()))) == setting
    assert stored_setting({}) is None


@given(
    st.lists(st.tuples(probabilities, st.sampled_from((0.0, 1.0))), min_size=1, max_size=60),
    st.floats(0.5, 30),
)
def test_chosen_thresholds_keep_to_the_capacity(rows: list[tuple[float, float]], days: float):
    probability, is_fraud = (np.array(column) for column in zip(*rows, strict=True))
    chosen = choose_thresholds(is_fraud=is_fraud, probability=probability, days=days, reviews_per_day=2)
    capacity = max(int(min(2 * days, REVIEW_SHARE * len(rows))), 1)
    above = (probability > chosen.review).sum()

    assert chosen.review > 0
    assert above <= capacity  # those that score the same as the last one may be more
    if chosen.decline is not None:
        declined = is_fraud[probability > chosen.decline]
        assert len(declined) == 0 or declined.mean() > 0


def test_a_policy_in_another_currency_leaves_the_model_to_decide():
    policy = DecisionPolicy(method="cost", price=3, margin=0.3, currency="USD")
    parameters = {"thresholds": {"review": 0.4, "decline": 0.95}}

    ours, ours_policy = setting_in_force(policy, parameters=parameters, currency="USD")
    theirs, theirs_policy = setting_in_force(policy, parameters=parameters, currency="EUR")
    assert (ours, ours_policy) == (Costs(3.0, 0.3, None, "USD"), policy)
    assert (theirs, theirs_policy) == (Thresholds(0.4, 0.95), None)


def test_without_a_policy_or_by_the_model_its_own_thresholds_decide():
    parameters = {"thresholds": {"review": 0.4, "decline": None}}
    by_model = DecisionPolicy(method="model", currency="USD")

    for policy in (None, by_model):
        assert setting_in_force(policy, parameters=parameters, currency="USD") == (
            Thresholds(0.4, None),
            policy,
        )


def test_a_version_without_thresholds_cannot_decide():
    with pytest.raises(KeyError, match="thresholds"):
        Thresholds.from_parameters({})
