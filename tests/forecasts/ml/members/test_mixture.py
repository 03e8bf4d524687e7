"""Two models as one: weights, widths and recalibrated odds."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.ml.members.mixture import (
    NARROWEST,
    PARTS,
    WIDEST,
    Mixture,
    judged,
    mixed,
    recalibrated,
    rising,
)
from forecasts.ml.members.outlook import Outlook
from forecasts.ml.members.purchase_training import Outcome


def outlook(n: int = 200, *, factor: float = 1.0) -> Outlook:
    """Everybody orders about four times and spends ten an order."""
    orders = np.full((n, 1), 4.0 * factor)
    at = orders[:, :, None] * np.array([0.5, 1.0, 1.5])
    waits = np.tile(np.array([2.0, 8.0, 20.0]), (n, 1))
    rest = (np.ones(n), np.full(n, 0.1), np.ones((n, 6)))
    return Outlook(orders, at, np.full((n, 1), 0.05), 10 * orders, 10 * at, waits, *rest)


def outcome(n: int = 200, *, seed: int = 2) -> Outcome:
    rng = np.random.default_rng(seed)
    orders = rng.poisson(4.0, n).astype(np.float64)
    return Outcome(orders, 10 * orders, np.where(orders > 0, rng.integers(0, 20, n), 30).astype(np.float64))


@pytest.mark.parametrize(("weight", "factor"), [(0.0, 1.0), (1.0, 3.0), (0.5, np.sqrt(3.0))])
def test_means_are_mixed_as_factors(weight, factor) -> None:
    blended = mixed(outlook(), outlook(factor=3.0), [Mixture.plain(weight)])

    np.testing.assert_allclose(blended.orders, 4.0 * factor)
    np.testing.assert_allclose(blended.spend, 40.0 * factor)


def test_a_plain_mixture_of_a_model_with_itself_is_that_model() -> None:
    one = outlook()

    blended = mixed(one, one, [Mixture.plain(0.5)])

    for item in fields(Outlook):
        np.testing.assert_allclose(getattr(blended, item.name), getattr(one, item.name), rtol=1e-6)


def test_waits_may_have_the_weight_of_another_horizon() -> None:
    one, other = outlook(), replace(outlook(), wait_at=outlook().wait_at * 3)

    blended = mixed(one, other, [Mixture.plain(0.0)], for_waits=Mixture.plain(1.0))

    np.testing.assert_allclose(blended.wait_at, other.wait_at)


def test_wider_intervals_keep_their_median() -> None:
    wide = replace(Mixture.plain(0.0), orders_width=np.array([2.0, 2.0]))

    blended = mixed(outlook(), outlook(), [wide]).orders_at

    assert blended[0, 0].tolist() == pytest.approx([0.0, 4.0, 8.0])


def test_the_model_that_forecast_better_gets_the_weight() -> None:
    good, bad = outlook(), outlook(factor=4.0)

    def weight(classical: Outlook, boosted: Outlook) -> float:
        weights = judged(classical, boosted, outcome(), days=30, rng=np.random.default_rng(1))
        return float(weights.weights[PARTS.index("orders")])

    assert weight(bad, good) > 0.95
    assert weight(good, bad) < 0.05


def test_intervals_that_are_too_narrow_are_widened_within_limits() -> None:
    narrow = outlook()
    narrow.orders_at[:] = 4.0 + np.array([-0.1, 0.0, 0.1])

    weights = judged(narrow, narrow, outcome(), days=30, rng=np.random.default_rng(1))

    assert (weights.orders_width > 1).all()
    assert ((weights.spend_width >= NARROWEST) & (weights.orders_width <= WIDEST)).all()


def test_a_chance_of_nothing_that_was_too_small_is_raised() -> None:
    quiet = replace(outcome(), orders=np.zeros(200), spend=np.zeros(200), wait_days=np.full(200, 30.0))
    hopeful = outlook()

    mixture = judged(hopeful, hopeful, quiet, days=30, rng=np.random.default_rng(1))

    assert mixed(hopeful, hopeful, [mixture]).p_none.mean() > 0.3


@given(st.lists(st.floats(-5, 5), min_size=14, max_size=14))
def test_a_mixture_is_read_back_from_its_row(numbers) -> None:
    flat = np.array(numbers)

    np.testing.assert_array_equal(Mixture.of(flat).flat(), flat)


def test_a_row_of_an_earlier_version_has_no_bends() -> None:
    old = np.arange(12.0)

    assert Mixture.of(old).odds.tolist() == [10.0, 11.0, 0.0, 0.0]


@given(st.floats(-1, 1), st.floats(0.1, 3), st.lists(st.floats(-0.5, 0.5), min_size=4, max_size=4))
def test_a_recalibration_keeps_the_order(shift, slope, change) -> None:
    odds = np.linspace(-12, 12, 200)[:, None]

    by = rising(np.array([shift, slope, 0.0, 0.0]), np.array(change))

    assert (np.diff(recalibrated(odds, by[None])[:, 0]) >= 0).all()


def test_members_who_are_all_alike_teach_no_bend() -> None:
    quiet = replace(outcome(), orders=np.zeros(200), spend=np.zeros(200), wait_days=np.full(200, 30.0))

    learned = judged(outlook(), outlook(), quiet, days=30, rng=np.random.default_rng(1))

    assert learned.odds[2:].tolist() == pytest.approx([0.0, 0.0], abs=1e-6)


def test_a_bend_is_learned_where_both_ends_order_more_than_was_said() -> None:
    rng = np.random.default_rng(3)
    said = rng.uniform(-3, 3, 8_000)
    none = rng.random(8_000) < 1 / (1 + np.exp(-(said - 0.06 * said**2)))
    plain = outlook(8_000)
    own = replace(plain, p_none=1 / (1 + np.exp(-said))[:, None])
    seen = Outcome(np.where(none, 0.0, 1.0), np.where(none, 0.0, 9.0), np.where(none, 30.0, 3.0))

    learned = judged(own, own, seen, days=30, rng=rng)

    assert learned.odds[2] == pytest.approx(-0.06, abs=0.03)
