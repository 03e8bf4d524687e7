"""Boosted trees for one horizon."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.ml.boosting import TreeConfig
from forecasts.ml.members.classical import Classical
from forecasts.ml.members.horizon_model import NONE_TREES, HorizonModel
from forecasts.ml.members.outlook import LEVELS, Outlook
from forecasts.ml.members.purchase_training import Known, Outcome, known_on, origins, training_rows
from tests.forecasts.toys import TODAY, regulars_and_leavers

DAYS = 90
TREES = TreeConfig(rounds=8)


@pytest.fixture(scope="module")
def rows() -> tuple[Known, Outcome]:
    history, _future = regulars_and_leavers()
    days = origins(history, days=DAYS, step=30, most=3, share=0.5)
    return training_rows(history, days, days=DAYS, rng=np.random.default_rng(1), max_members=1_000)


@pytest.fixture(scope="module")
def model(rows: tuple[Known, Outcome]) -> HorizonModel:
    return HorizonModel(DAYS).fit(*rows, config=TREES, rng=np.random.default_rng(1))


@pytest.fixture(scope="module")
def outlook(rows: tuple[Known, Outcome], model: HorizonModel) -> Outlook:
    known, _outcome = rows
    return model.predict(known, p_alive=np.ones(len(known.orders)))


def test_every_figure_has_a_row_for_each_member(rows: tuple[Known, Outcome], outlook: Outlook) -> None:
    n = len(rows[1].orders)
    assert outlook.orders.shape == outlook.p_none.shape == outlook.spend.shape == (n, 1)
    assert outlook.orders_at.shape == outlook.spend_at.shape == (n, 1, len(LEVELS))
    assert outlook.wait_at.shape == (n, len(LEVELS))


def test_means_are_positive_and_chances_are_chances(outlook: Outlook) -> None:
    assert (outlook.orders > 0).all()
    assert (outlook.spend > 0).all()
    assert ((outlook.p_none > 0) & (outlook.p_none < 1)).all()


def test_members_who_ordered_have_a_smaller_chance_of_none(
    rows: tuple[Known, Outcome], outlook: Outlook
) -> None:
    ordered = rows[1].orders > 0
    assert outlook.p_none[ordered].mean() < 0.3 < 0.6 < outlook.p_none[~ordered].mean()
    assert outlook.orders[ordered].mean() > 3 * outlook.orders[~ordered].mean()


def test_the_unit_is_the_median_spend_of_those_who_spent(
    rows: tuple[Known, Outcome], model: HorizonModel
) -> None:
    spend = rows[1].spend
    assert model.unit == np.median(spend[spend > 0])


def test_without_any_spend_the_unit_is_one(rows: tuple[Known, Outcome]) -> None:
    known, outcome = rows
    nothing = Outcome(outcome.orders * 0, outcome.spend * 0, np.full(len(outcome.orders), float(DAYS)))
    model = HorizonModel(DAYS).fit(known, nothing, config=TREES, rng=np.random.default_rng(1))

    predicted = model.predict(known, p_alive=np.ones(len(known.orders)))

    assert model.unit == 1.0
    assert predicted.orders.mean() < 0.25 * known.orders.mean()
    assert np.isfinite(predicted.spend).all()


def test_every_target_has_its_trees(model: HorizonModel) -> None:
    quantiles = {f"{name}_{level}" for name in ("orders", "spend", "wait") for level in LEVELS}
    assert set(model.trees) == quantiles | {f"none_{place}" for place in range(NONE_TREES)}


def test_a_mean_is_larger_where_pareto_nbd_expects_more(model: HorizonModel) -> None:
    history, _future = regulars_and_leavers()
    classical = Classical().fit(history, rng=np.random.default_rng(1))
    known = known_on(history, classical, days=DAYS, since_day=TODAY - 500)
    twice = Known(known.features, 2 * known.orders, known.p_none, 2 * known.spend)
    alive = np.ones(len(known.orders))

    assert (model.predict(twice, p_alive=alive).orders > model.predict(known, p_alive=alive).orders).all()


def test_the_same_seed_gives_the_same_trees(rows: tuple[Known, Outcome], model: HorizonModel) -> None:
    again = HorizonModel(DAYS).fit(*rows, config=TREES, rng=np.random.default_rng(1))
    assert {name: trees.model_to_string() for name, trees in again.trees.items()} == {
        name: trees.model_to_string() for name, trees in model.trees.items()
    }
