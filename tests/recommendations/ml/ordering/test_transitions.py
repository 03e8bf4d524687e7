from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.ordering.transitions import ItemTransitions, TransitionsConfig
from recommendations.ml.ranking import NO_PRODUCT


def fit(data: Interactions, **settings: Any) -> ItemTransitions:
    config = replace(TransitionsConfig(), **settings)
    return ItemTransitions(config).fit(data, rng=np.random.default_rng(0))


def walks(*products: list[int]) -> Interactions:
    """One member a list, a step a day."""
    members = [member for member, own in enumerate(products) for _ in own]
    days = [day for own in products for day in range(len(own))]
    return Interactions.from_ids(
        members, [p for own in products for p in own], np.array(days) * SECONDS_PER_DAY
    )


def random_walks(rng: np.random.Generator, n: int = 200) -> Interactions:
    members, products = rng.integers(0, 12, n), rng.integers(0, 15, n)
    return Interactions.from_ids(members, products, np.sort(rng.integers(0, 60, n)) * SECONDS_PER_DAY)


def test_successors_are_recommended_before_predecessors():
    model = fit(walks([1, 2, 3], [1, 2, 3], [0, 1, 2, 3]))
    scores = model.score_lists([(np.array([2]), np.array([0]))])[0]  # somebody with product 2 alone

    assert scores[3] > scores[1] > 0


def test_the_newest_purchase_counts_most():
    model = fit(walks([1, 2], [3, 4], [1, 2], [3, 4]))
    one, three = model.products_.rows_of(np.array([1, 3]))
    late_three = model.score_lists([(np.array([one, three]), np.array([0, 9]))])[0]

    assert late_three[model.products_.rows_of(np.array([4]))[0]] > late_three[1]


def test_a_basket_has_no_order():
    data = Interactions.from_ids([1, 1], [5, 6], [7, 7])
    counts = fit(data).counts_.toarray()

    assert counts[0, 1] == counts[1, 0] > 0


def test_counts_after_new_events_are_those_of_a_fit_on_everything():
    data = random_walks(np.random.default_rng(2))
    late = np.arange(len(data)) >= 150
    model = fit(data.where(~late), half_life_days=20.0)
    updated = model.with_events(data.where(~late), data.where(late))
    whole = fit(data, half_life_days=20.0)

    np.testing.assert_allclose(updated.counts_.toarray(), whole.counts_.toarray(), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        updated.score(np.arange(data.n_members)), whole.score(np.arange(data.n_members)), rtol=1e-3, atol=1e-6
    )


def test_single_pairs_and_parts_agree_with_the_scores():
    data = random_walks(np.random.default_rng(3)).described({n: [n % 3, "all"] for n in range(14)})
    model = fit(data)
    members, targets = np.array([0, 4, 7]), np.array([[1, 2], [3, 9], [14, 0]])
    scores = model.score(members)

    for column in (0, 1):
        pairs = model.score_pairs(members, targets[:, column])
        np.testing.assert_allclose(pairs, scores[np.arange(3), targets[:, column]], rtol=1e-4)
    for places, own, parts in model.contributions(members, targets):
        expected = scores[places[0], targets[places[0]]]
        np.testing.assert_allclose(parts[0].sum(axis=0), expected, rtol=1e-4)
        assert set(own[0]) <= set(data.product_rows)


def test_a_product_without_transitions_uses_those_of_its_attributes():
    data = walks([1, 2], [1, 2], [1, 2], [9, 0]).described({1: ["soap"], 9: ["soap"], 2: ["brush"], 7: ["x"]})
    lonely = data.products.rows_of(np.array([9]))[0]
    brush = data.products.rows_of(np.array([2]))[0]
    history = [(np.array([lonely]), np.array([0]))]

    assert fit(data, attribute_weight=0.0).score_lists(history)[0, brush] == 0
    assert fit(data).score_lists(history)[0, brush] > 0


def test_neighbours_never_hold_the_product_itself_and_end_empty():
    model = fit(walks([1, 2, 1, 2], [1, 2]))
    rows, scores = model.neighbours(np.array([0]), k=3, together=True)

    assert rows.tolist() == [[1, NO_PRODUCT, NO_PRODUCT]]
    assert scores[0, 0] > 0


def test_one_product_with_all_events_on_it_can_be_fitted():
    model = fit(Interactions.from_ids([1, 1, 1, 2], [5, 5, 5, 5], [0, 0, 1, 1]))

    assert np.isfinite(model.score(np.array([0, 1]))).all()


def test_histories_of_unknown_products_score_zero():
    model = fit(walks([1, 2], [2, 1]))
    stranger = model.with_history(Interactions.from_ids([1], [999], [0]))

    assert np.abs(stranger.score(np.array([0]))).max() == 0
    assert np.abs(model.score_lists([(np.array([-1]), np.array([0]))])).max() == 0


def test_attributes_survive_saving(tmp_path: Path):
    data = walks([1, 2], [1, 2], [3, 1]).described({1: ["a"], 2: ["b"], 3: ["a"]})
    model = fit(data)
    model.save(tmp_path / "model")
    loaded = ItemTransitions.load(tmp_path / "model")

    np.testing.assert_array_equal(loaded.score(np.arange(3)), model.score(np.arange(3)))


def test_nan_values_are_refused():
    data = walks([1, 2])
    broken = replace(data, values=np.array([1, np.nan], dtype=np.float32))
    with pytest.raises(ValueError, match="NaN"):
        fit(broken)
