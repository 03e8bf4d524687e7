from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.popularity import Popularity, PopularityConfig


def fitted(rows: list[tuple[int, int, int]], *, half_life_days: float | None = None) -> Popularity:
    """Rows of (member, product, day)."""
    members, products, days = np.array(rows).T
    data = Interactions.from_ids(members, products, days * SECONDS_PER_DAY)
    return Popularity(PopularityConfig(half_life_days)).fit(data, rng=np.random.default_rng(0))


def test_buyers_count_and_not_purchases():
    model = fitted([(1, 10, 0), (1, 10, 1), (1, 10, 2), (1, 11, 2), (2, 11, 2)])

    assert model.score(np.array([0])).tolist() == [[0.5, 1.0]]


def test_a_purchase_counts_half_after_the_half_life():
    model = fitted([(1, 10, 0), (2, 11, 28)], half_life_days=28.0)

    assert model.score(np.array([0])).tolist() == [[0.5, 1.0]]


def test_the_newest_purchase_of_a_buyer_counts():
    model = fitted([(1, 10, 0), (1, 10, 28), (2, 11, 28)], half_life_days=28.0)

    assert model.score(np.array([0])).tolist() == [[1.0, 1.0]]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 90)), min_size=1, max_size=15),
    st.sampled_from([None, 7.0, 28.0]),
)
def test_scores_agree_with_the_definition(rows: list[tuple[int, int, int]], half_life: float | None):
    newest = max(day for _m, _p, day in rows)
    latest: dict[tuple[int, int], int] = {}
    for member, product, day in rows:
        latest[member, product] = max(day, latest.get((member, product), 0))
    totals: dict[int, float] = {}
    for (_member, product), day in latest.items():
        weight = 0.5 ** ((newest - day) / half_life) if half_life else 1.0
        totals[product] = totals.get(product, 0.0) + weight
    expected = [totals[product] / max(totals.values()) for product in sorted(totals)]

    scores = fitted(rows, half_life_days=half_life).score(np.array([0]))[0]
    assert scores.tolist() == pytest.approx(expected, rel=1e-5)


def test_every_member_gets_the_same_scores_and_pairs_agree():
    model = fitted([(1, 10, 0), (2, 11, 0), (3, 11, 0)])

    assert (model.score(np.arange(3)) == model.score(np.array([0]))).all()
    assert model.score_pairs(np.array([0, 2]), np.array([1, 0])).tolist() == [1.0, 0.5]


def test_a_new_history_changes_the_members_and_not_the_scores():
    model = fitted([(1, 10, 0), (2, 11, 0), (3, 11, 0)])
    other = model.with_history(Interactions.from_ids([7], [10], [0]))

    assert other.members_.ids.tolist() == [7]
    assert other.score(np.array([0])).tolist() == model.score(np.array([0])).tolist()
    assert model.members_.ids.tolist() == [1, 2, 3]


def test_the_half_life_is_saved(tmp_path: Path):
    fitted([(1, 10, 0)], half_life_days=9.0).save(tmp_path / "m")

    assert Popularity.load(tmp_path / "m").config == PopularityConfig(9.0)
