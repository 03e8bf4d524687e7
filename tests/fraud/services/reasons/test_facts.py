from __future__ import annotations

import math

import pytest

from fraud.services.reasons.facts import FAMILIAR_SECONDS, facts_of

NAN = math.nan


def log1(value: float) -> float:
    return math.log1p(value)


def test_an_amount_is_shown_beside_the_usual_one_when_that_is_known():
    step = {"log_amount": log1(120), "amount_vs_mean": math.log(4)}
    assert facts_of("amount", step) == {"amount": 120, "ratio": 4}
    assert facts_of("amount", {**step, "amount_vs_mean": NAN}) == {"amount": 120}


@pytest.mark.parametrize(
    ("code", "step", "facts"),
    [
        ("gap", {"log_gap": log1(2)}, {"seconds": 7_200}),
        ("gap", {"log_gap": NAN}, None),
        ("basket", {"log_lines": log1(7)}, {"lines": 7}),
        ("basket", {"log_lines": NAN}, None),
        ("discount", {"discount_share": 0.25}, {"percent": 25}),
        ("discount", {"discount_share": 0.04}, None),
        ("discount", {"discount_share": NAN}, None),
        ("countries", {"country_mismatch": 1}, {}),
        ("countries", {"country_mismatch": NAN}, None),
        ("velocity", {"count_1d": log1(2), "sum_1d": log1(30)}, {"orders": 3, "amount": 30}),
        ("account", {"log_account_days": log1(9), "log_history": log1(4)}, {"days": 9}),
        ("account", {"log_account_days": NAN, "log_history": log1(4)}, {"orders": 4}),
        ("channel", {"channel_web": 1, "channel_app": 0, "channel_web_share": 1}, {"choice": "web"}),
        ("channel", {"channel_web": 0, "channel_app": 0}, None),
    ],
)
def test_the_numbers_of_a_sentence(code, step, facts):
    assert facts_of(code, step) == facts


def test_a_reason_without_numbers_needs_none():
    assert facts_of("something of a later version", {}) == {}


def device(*, new: float, seconds: float = 0, uses: float = 0):
    return facts_of(
        "device",
        {
            "new_device": new,
            "log_days_since_first_device": log1(seconds / 86_400),
            "log_uses_device": log1(uses),
        },
    )


def test_a_new_device_is_named_as_new():
    assert device(new=1) == {"new": True}


def test_a_device_known_for_a_short_time_is_a_reason_with_its_number_of_orders():
    assert device(new=0, seconds=3_600, uses=2) == {"new": False, "seconds": 3_600, "uses": 2}


def test_a_familiar_device_and_a_missing_one_are_no_reasons():
    assert device(new=0, seconds=FAMILIAR_SECONDS + 60) is None
    assert device(new=NAN) is None
