"""The served forecasts: whichever horizons are asked for, one distribution a member."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.forecasts.random_shops import random_shop
from forecasts.ml.members.curves.contradictions import contradictions
from forecasts.ml.members.forecast_blend import MemberBlend
from forecasts.ml.members.purchase_history import PurchaseHistory
from tests.forecasts.toys import SMALL_BLEND, SMALL_BOOSTED, regulars_and_leavers

HORIZONS = (7, 30, 90, 365)
SEVERAL = replace(SMALL_BLEND, boosted=replace(SMALL_BOOSTED, horizons=(7, 90)))


@pytest.fixture(scope="module")
def history() -> PurchaseHistory:
    return regulars_and_leavers()[0]


@pytest.fixture(scope="module")
def model(history: PurchaseHistory) -> MemberBlend:
    return MemberBlend(SEVERAL).fit(history, rng=np.random.default_rng(1))


@pytest.mark.parametrize("seed", range(6))
def test_no_forecast_of_a_random_shop_contradicts_itself(seed: int) -> None:
    shop = random_shop(seed, largest=150)

    own = MemberBlend(SEVERAL).fit(shop, rng=np.random.default_rng(1)).forecast(shop, horizons=HORIZONS)

    assert not {kind: members for kind, members in contradictions(own).items() if members}


def test_the_next_seven_days_have_a_mixture_of_their_own(model: MemberBlend) -> None:
    assert sorted(model.mixtures_) == [7, 90]


def test_a_horizon_has_the_same_figures_alone_as_among_others(
    model: MemberBlend, history: PurchaseHistory
) -> None:
    alone, among = (model.forecast(history, horizons=days) for days in ((90,), (7, 90)))

    np.testing.assert_array_equal(alone.p_inactive[:, 0], among.p_inactive[:, 1])
    np.testing.assert_array_equal(alone.expected_orders[:, 0], among.expected_orders[:, 1])
    np.testing.assert_array_equal(alone.next_order_days, among.next_order_days)


def test_the_score_is_the_orders_of_ninety_days(model: MemberBlend, history: PurchaseHistory) -> None:
    shown = model.forecast(history, horizons=(90,)).expected_orders[:, 0]

    np.testing.assert_array_equal(model.score(history), shown)


def test_a_loaded_model_forecasts_like_the_saved_one(
    model: MemberBlend, history: PurchaseHistory, tmp_path: Path
) -> None:
    model.save(tmp_path / "model")
    loaded = MemberBlend.load(tmp_path / "model")

    assert asdict(loaded.config) == asdict(model.config)
    np.testing.assert_array_equal(loaded.forecast(history).chances, model.forecast(history).chances)
