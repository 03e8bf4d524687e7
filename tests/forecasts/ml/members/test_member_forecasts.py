"""Whatever the history, every member model gives finite figures that make sense together."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.members.boosted_purchases import BoostedPurchases
from forecasts.ml.members.classical import Classical
from forecasts.ml.members.forecast_blend import MemberBlend
from forecasts.ml.members.habit import Habit
from forecasts.ml.members.purchase_history import LATEST_DAY, REASONS, PurchaseHistory
from tests.forecasts.toys import SMALL_BLEND, SMALL_BOOSTED, TODAY, regulars_and_leavers

DAY = 86_400
EVERY_MODEL = (Habit, Classical, lambda: BoostedPurchases(SMALL_BOOSTED), lambda: MemberBlend(SMALL_BLEND))
every_model = pytest.mark.parametrize("build", EVERY_MODEL, ids=("habit", "pareto_nbd", "boosted", "blend"))


@pytest.fixture(scope="module")
def fitted():
    history, _ = regulars_and_leavers()
    return {build: build().fit(history, rng=np.random.default_rng(1)) for build in EVERY_MODEL}


def arrays(forecasts):
    return {name: value for name, value in vars(forecasts).items() if isinstance(value, np.ndarray)}


def odd_members():
    """Never seen, one order, same-second and free orders, a gap of years, a refund, a clock ahead."""
    rows = [
        (2, TODAY - 400, 30.0),
        (3, TODAY - 9, 10.0),
        (3, TODAY - 9, 10.0),
        (4, TODAY - 50, 0.0),
        (4, TODAY - 10, 0.0),
        (5, TODAY - 4_000, 10.0),
        (5, TODAY - 1, 10.0),
        (6, TODAY - 30, -80.0),
        (7, TODAY + 700, 10.0),
    ]
    members, days, amounts = zip(*rows, strict=True)
    return PurchaseHistory.from_orders(
        members, np.array(days) * DAY, amounts, as_of_day=TODAY, members=range(1, 8)
    )


@every_model
def test_odd_members_get_finite_figures(build, fitted):
    forecasts = fitted[build].forecast(odd_members(), horizons=(1, 30, 365, 900))

    for name, values in arrays(forecasts).items():
        assert np.isfinite(values).all(), name
        assert len(values) == 7, name


@every_model
def test_figures_make_sense_together(build, fitted):
    history, _ = regulars_and_leavers()
    forecasts = fitted[build].forecast(history, horizons=(90,))

    assert (forecasts.orders_low <= forecasts.median_orders).all()
    assert (forecasts.median_orders <= forecasts.orders_high).all()
    assert (np.diff(forecasts.next_order_days, axis=1) >= 0).all()
    assert (forecasts.next_order_days <= LATEST_DAY).all()
    assert ((forecasts.p_inactive >= 0) & (forecasts.p_inactive <= 1)).all()
    assert (forecasts.reasons < len(REASONS)).all()


@pytest.mark.parametrize("build", EVERY_MODEL[1:], ids=("pareto_nbd", "boosted", "blend"))
def test_members_who_left_have_a_lower_chance_to_be_active(build, fitted):
    history, future = regulars_and_leavers()
    forecasts = fitted[build].forecast(history, horizons=(90,))
    leaver = future == 0

    assert forecasts.p_inactive[leaver].min() > forecasts.p_inactive[~leaver].max()
    assert forecasts.expected_orders[~leaver].sum() == pytest.approx(future.sum(), rel=0.2)


@every_model
def test_a_forecast_is_renewed_by_silence(build, fitted):
    history, _ = regulars_and_leavers()
    later = PurchaseHistory.from_orders(
        history.members.ids[history.member_rows], history.days * DAY, history.amounts, as_of_day=TODAY + 60
    )
    now, then = (fitted[build].forecast(one, horizons=(90,)) for one in (history, later))

    assert then.expected_orders.sum() < now.expected_orders.sum()


def test_a_shop_of_one_order_has_a_forecast():
    history = PurchaseHistory.from_orders([1], [(TODAY - 3) * DAY], [9.0], as_of_day=TODAY)
    forecasts = MemberBlend(SMALL_BLEND).fit(history, rng=np.random.default_rng(1)).forecast(history)

    assert all(np.isfinite(values).all() for values in arrays(forecasts).values())


def test_likeliest_categories_are_those_bought_last():
    days = np.arange(TODAY - 40, TODAY, 2)
    kinds = np.where(days < TODAY - 20, "tea", "coffee")
    history = PurchaseHistory.from_orders(
        np.ones(20), days * DAY, np.ones(20), as_of_day=TODAY, categories=kinds
    )
    forecasts = Habit().fit(history, rng=np.random.default_rng(1)).forecast(history)

    assert forecasts.categories.ids[forecasts.top_categories[0, 0]] == "coffee"
    assert forecasts.top_categories[0, 2] == -1
