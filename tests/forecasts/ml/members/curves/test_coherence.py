"""Whatever models answered, what is read from a member's curve agrees with itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecasts.ml.members.curves.coherence import coherent, isotonic
from forecasts.ml.members.curves.contradictions import contradictions
from forecasts.ml.members.curves.to_forecasts import to_forecasts
from forecasts.ml.members.outlook import Outlook
from forecasts.ml.members.purchase_history import LATEST_DAY
from tests.forecasts.ml.members.curves.answers import KNOTS, history, outlook, outlooks


@settings(max_examples=60)
@given(outlooks)
def test_no_answer_of_a_model_leads_to_a_contradiction(answer: Outlook) -> None:
    forecasts = to_forecasts(history(2), answer, knots=KNOTS, horizons=KNOTS, mean_units=1.0)

    assert not {kind: n for kind, n in contradictions(forecasts).items() if n}


def test_figures_that_agree_stay_as_they_are() -> None:
    own = outlook()

    _curves, made = coherent(own, KNOTS)

    np.testing.assert_allclose(made.p_none, own.p_none, atol=1e-12)
    np.testing.assert_allclose(made.orders, own.orders, rtol=1e-9)
    np.testing.assert_allclose(made.spend, own.spend, rtol=1e-9)
    np.testing.assert_allclose(made.wait_at[0, :2], own.wait_at[0, :2], rtol=1e-9)


def test_a_chance_that_falls_is_pooled_with_the_one_before() -> None:
    none = np.array([[0.7, 0.4, 0.6, 0.1]])

    _curves, made = coherent(outlook(p_none=none), KNOTS)

    assert made.p_none[0].tolist() == pytest.approx([0.7, 0.5, 0.5, 0.1])


def test_who_is_likelier_to_order_than_to_be_alive_is_alive_as_likely() -> None:
    curves, _made = coherent(outlook(p_alive=np.array([0.3])), KNOTS)

    assert curves.alive[0] == pytest.approx(curves.chance(365)[0])


def test_nine_in_ten_within_a_week_needs_a_chance_of_nine_tenths() -> None:
    hasty = outlook(wait_at=np.array([[1.0, 3.0, 6.0]]))

    _curves, made = coherent(hasty, KNOTS)

    assert made.p_none[0, 0] == pytest.approx(0.1 + 0.9 * np.exp(-7 / 20))
    assert made.wait_at[0, 2] > 30


def test_a_level_that_the_chance_never_reaches_has_no_day() -> None:
    gone = outlook(p_none=np.full((1, 4), 0.95), p_alive=np.array([0.2]), later=np.array([[0.1] * 6]))

    _curves, made = coherent(gone, KNOTS)

    assert (made.wait_at[0] == LATEST_DAY).all()


def test_orders_grow_no_faster_than_the_member_orders() -> None:
    none, orders = np.array([[0.93, 0.7, 0.4, 0.2]]), np.array([[0.08, 0.4, 1.1, 20.0]])
    jump = outlook(p_none=none, orders=orders, rate=np.array([0.012]))

    _curves, made = coherent(jump, KNOTS)

    assert made.orders[0, 2] == pytest.approx(1.1)
    assert made.orders[0, 3] < 8


def test_a_month_without_an_order_costs_nothing() -> None:
    quiet = outlook(p_none=np.full((1, 4), 0.93))

    _curves, made = coherent(quiet, KNOTS)

    assert made.spend_at.max() == 0
    assert np.floor(made.orders_at).max() == 0


@given(arrays(np.float64, (3, 4), elements=st.floats(0, 1)))
def test_pooled_rows_rise_and_keep_their_mean(values: np.ndarray) -> None:
    pooled = isotonic(values)

    assert (np.diff(pooled, axis=1) >= -1e-12).all()
    np.testing.assert_allclose(pooled.mean(axis=1), values.mean(axis=1), atol=1e-12)


def test_rows_that_rise_are_not_changed() -> None:
    rows = np.array([[0.1, 0.2, 0.2, 0.9]])

    np.testing.assert_allclose(isotonic(rows), rows)
