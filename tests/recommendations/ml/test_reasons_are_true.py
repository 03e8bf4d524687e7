"""The named products are why: without them the score falls more than without any others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.interactions import SECONDS_PER_DAY, Interactions
from learning.vocabulary import Vocabulary
from recommendations.ml.als import Als, AlsConfig
from recommendations.ml.explanation import because
from recommendations.ml.ranking import NO_PRODUCT, top_k

N_MEMBERS, N_PRODUCTS, N_TASTES, OWN = 1_000, 120, 8, 12


def shop() -> Interactions:
    """Members with two tastes of eight, a dozen products each, and some noise."""
    rng = np.random.default_rng(11)
    members = np.repeat(np.arange(N_MEMBERS), OWN)
    tastes = rng.integers(0, N_TASTES, (N_MEMBERS, 2))[members, rng.integers(0, 2, len(members))]
    within = rng.integers(0, N_PRODUCTS // N_TASTES, len(members))
    products = np.where(rng.random(len(members)) < 0.1, rng.integers(0, N_PRODUCTS, len(members)),
                        tastes * (N_PRODUCTS // N_TASTES) + within)  # fmt: skip
    times = rng.integers(0, 60 * SECONDS_PER_DAY, len(members))
    return Interactions.from_ids(members, products, times)


def without(history: Interactions, removed: NDArray[np.int64]) -> Interactions:
    """``history`` without the products ``removed[member]`` (n, m), -1 for none."""
    gone = (history.product_rows[:, None] == removed[history.member_rows]).any(axis=1)
    return replace(history.where(~gone), as_of=int(history.timestamps.max()))


def scores(model: Any, history: Interactions, targets: NDArray[np.int64]) -> NDArray[np.float32]:
    folded = model.with_history(history)
    assert folded.members_ == Vocabulary(np.arange(N_MEMBERS))
    return np.asarray(folded.score_pairs(np.arange(N_MEMBERS), targets))


def test_removing_the_named_products_costs_more_than_removing_others():
    history, rng = shop(), np.random.default_rng(12)
    model = Als(AlsConfig(factors=16, iterations=6)).fit(history, rng=np.random.default_rng(13))
    everybody = np.arange(N_MEMBERS)
    ranked, _best = top_k(model.score(everybody), 1, exclude=history.to_csr())
    named = because(model, everybody, ranked)[:, 0, :]
    told = (named != NO_PRODUCT).any(axis=1)
    own = history.to_csr()
    others = np.full_like(named, NO_PRODUCT)
    for member in everybody:
        pool = np.setdiff1d(own[[member]].indices, named[member])
        count = min(int((named[member] != NO_PRODUCT).sum()), len(pool))
        others[member, :count] = rng.choice(pool, count, replace=False)
    without_named = scores(model, without(history, named), ranked[:, 0])
    without_others = scores(model, without(history, others), ranked[:, 0])

    assert told.mean() > 0.95
    assert (without_named < without_others)[told].mean() >= 0.9
