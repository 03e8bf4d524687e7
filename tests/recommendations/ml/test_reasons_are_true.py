"""The named products are why: without them the score falls more than without any others."""

from __future__ import annotations

import numpy as np
import pytest

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.als import Als, AlsConfig
from recommendations.ml.blend import Blend, BlendConfig
from recommendations.ml.faithfulness import removal
from recommendations.ml.item_transitions import ItemTransitions
from recommendations.ml.purchase_ranker import PurchaseRankerConfig
from recommendations.ml.recommender import Recommender

N_MEMBERS, N_PRODUCTS, N_TASTES, OWN = 1_000, 120, 8, 12
FEW_TREES = PurchaseRankerConfig(moments=3, trees=40, leaves=(15,), least_in_leaf=50, members_a_moment=300)


def shop(*, members: int = N_MEMBERS, lines: int = OWN, days: int = 60) -> Interactions:
    """Members with two tastes of eight, a dozen products each, and some noise."""
    rng = np.random.default_rng(11)
    rows = np.repeat(np.arange(members), lines)
    tastes = rng.integers(0, N_TASTES, (members, 2))[rows, rng.integers(0, 2, len(rows))]
    within = rng.integers(0, N_PRODUCTS // N_TASTES, len(rows))
    products = np.where(rng.random(len(rows)) < 0.1, rng.integers(0, N_PRODUCTS, len(rows)),
                        tastes * (N_PRODUCTS // N_TASTES) + within)  # fmt: skip
    times = rng.integers(0, days, len(rows)) * SECONDS_PER_DAY
    return Interactions.from_ids(rows, products, times)


@pytest.mark.parametrize(
    "model", [Als(AlsConfig(factors=16, iterations=6)), ItemTransitions()], ids=lambda model: model.name
)
def test_removing_the_named_products_costs_more_than_removing_others(model: Recommender):
    history = shop()
    fitted = model.fit(history, rng=np.random.default_rng(13))
    found = removal(fitted, history, lists=N_MEMBERS, rng=np.random.default_rng(12))

    assert len(found) > 0.95 * N_MEMBERS
    assert found.share >= 0.9


def test_trees_of_a_shop_where_people_come_back_tell_true_reasons():
    history = shop(members=400, lines=40, days=200)
    fitted = Blend(BlendConfig(als=AlsConfig(factors=16), ranker=FEW_TREES)).fit(
        history, rng=np.random.default_rng(13)
    )
    found = removal(fitted, history, lists=300, rng=np.random.default_rng(12))

    assert fitted.ranker_ is not None
    assert len(found) > 200
    assert found.share >= 0.9
