from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from learning.metrics import ranking as metrics

# two members, lists of three: hits at ranks 1 and 3 of 4 relevant; no hit of 1 relevant
HITS = np.array([[True, False, True], [False, False, False]])
RELEVANT = np.array([4, 1])


def test_hits_ignore_the_empty_places_of_a_short_list():
    ranked = np.array([[5, 2, -1]])

    assert metrics.hits_of(ranked, [np.array([2, 9])]).tolist() == [[False, True, False]]


def test_ndcg_by_hand():
    gained = 1 / math.log2(2) + 1 / math.log2(4)
    ideal = 1 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)

    assert metrics.ndcg_at_k(HITS, RELEVANT).tolist() == pytest.approx([gained / ideal, 0])


def test_a_perfect_list_has_ndcg_one():
    assert metrics.ndcg_at_k(np.array([[True, False, False]]), np.array([1])).tolist() == [1.0]


def test_recall_precision_and_reciprocal_rank_by_hand():
    assert metrics.recall_at_k(HITS, RELEVANT).tolist() == [0.5, 0]
    assert metrics.precision_at_k(HITS).tolist() == pytest.approx([2 / 3, 0])
    assert metrics.mrr_at_k(np.array([[False, True, True], [False] * 3])).tolist() == [0.5, 0]


def test_average_precision_by_hand():
    expected = (1 / 1 + 2 / 3) / 3

    assert metrics.average_precision_at_k(HITS, RELEVANT).tolist() == pytest.approx([expected, 0])


def test_coverage_counts_distinct_products():
    assert metrics.coverage(np.array([[0, 1], [1, -1]]), n_products=4) == 0.5


def test_novelty_is_the_mean_self_information():
    buyers = np.array([8, 2, 0])

    # -log2(8/8) = 0, -log2(2/8) = 2, and one that nobody bought counts as bought once: -log2(1/8) = 3
    assert metrics.novelty(np.array([[0, 1, 2]]), buyers=buyers, n_members=8) == pytest.approx(5 / 3)


def test_popularity_share_counts_places_of_the_head():
    buyers = np.array([9, 1, 1, 1])

    assert metrics.popularity_share(np.array([[0, 1], [0, 2]]), buyers=buyers, head=0.25) == 0.5


def test_the_interval_of_equal_values_is_a_point():
    rng = np.random.default_rng(0)

    assert metrics.bootstrap_interval(np.full(20, 0.25), rng=rng) == pytest.approx((0.25, 0.25))


def test_the_interval_holds_the_mean_and_has_its_known_width():
    values = np.random.default_rng(1).normal(0.5, 0.1, size=400)
    low, high = metrics.bootstrap_interval(values, rng=np.random.default_rng(2))

    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.15)


def test_diversity_is_the_mean_distance_of_the_pairs():
    # 0 and 1 are alike, 2 shares one of two attributes with both: cosines 1, 1/sqrt(2), 1/sqrt(2)
    attributes = sparse.csr_matrix(np.array([[1, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32))
    ranked = np.array([[0, 1, 2], [0, 3, -1], [0, 1, -1]])

    expected = [1 - (1 + math.sqrt(2)) / 3, 1, 0]
    assert metrics.intra_list_diversity(ranked, attributes).tolist() == pytest.approx(expected, abs=1e-6)


def test_diversity_passes_over_what_has_no_attributes():
    attributes = sparse.csr_matrix(np.array([[1, 0], [0, 1], [0, 0]], dtype=np.float32))
    both, one = metrics.intra_list_diversity(np.array([[0, 2, 1], [0, 2, -1]]), attributes)

    assert both == pytest.approx(1)
    assert math.isnan(one)


def test_thirds_keep_equal_lengths_together():
    thirds = metrics.history_thirds

    assert thirds(np.array([9, 1, 4, 2, 5, 8])).tolist() == [
        "long",
        "short",
        "medium",
        "short",
        "medium",
        "long",
    ]
    assert thirds(np.array([1, 1, 1, 1, 5, 9])).tolist() == ["short"] * 4 + ["long"] * 2
    assert thirds(np.zeros(0, dtype=np.int64)).tolist() == []


def test_figures_of_parts_are_means_over_their_members():
    values = {"ndcg@10": np.array([0.2, 0.4, 1.0])}

    assert metrics.by_part(values, np.array(["a", "a", ""])) == {
        "a": {"members": 2, "ndcg@10": pytest.approx(0.3)}
    }


@st.composite
def lists_of_hits(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """(hits (n, k), relevant (n,)) that are possible: at least as many relevant as hit, and at least one."""
    n, k = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    hits = np.array(draw(st.lists(st.lists(st.booleans(), min_size=k, max_size=k), min_size=n, max_size=n)))
    more = np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))
    return hits, np.maximum(hits.sum(axis=1) + more, 1)


def naive_ndcg(hits: list[bool], n_relevant: int) -> float:
    gain = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(hits, 1) if hit)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(n_relevant, len(hits)) + 1))


def naive_average_precision(hits: list[bool], n_relevant: int) -> float:
    precisions = [sum(hits[:rank]) / rank for rank in range(1, len(hits) + 1) if hits[rank - 1]]
    return sum(precisions) / min(n_relevant, len(hits))


@given(lists_of_hits())
def test_the_metrics_agree_with_their_definitions(given_lists: tuple[np.ndarray, np.ndarray]):
    hits, relevant = given_lists
    lines = list(zip(hits.tolist(), relevant.tolist(), strict=True))

    assert metrics.ndcg_at_k(hits, relevant) == pytest.approx([naive_ndcg(*line) for line in lines])
    assert metrics.average_precision_at_k(hits, relevant) == pytest.approx(
        [naive_average_precision(*line) for line in lines]
    )
    assert metrics.recall_at_k(hits, relevant) == pytest.approx([sum(hit) / n for hit, n in lines])


@given(lists_of_hits())
def test_every_figure_lies_between_nothing_and_all(given_lists: tuple[np.ndarray, np.ndarray]):
    hits, relevant = given_lists
    figures = [
        metrics.ndcg_at_k(hits, relevant), metrics.recall_at_k(hits, relevant), metrics.precision_at_k(hits),
        metrics.mrr_at_k(hits), metrics.average_precision_at_k(hits, relevant),
    ]  # fmt: skip

    for figure in figures:
        assert ((figure >= 0) & (figure <= 1 + 1e-12)).all()
        assert (figure[~hits.any(axis=1)] == 0).all()


@given(lists_of_hits())
def test_moving_hits_to_the_front_never_makes_a_list_worse(given_lists: tuple[np.ndarray, np.ndarray]):
    hits, relevant = given_lists
    sorted_hits = -np.sort(-hits.astype(int), axis=1) == 1

    for metric in (metrics.ndcg_at_k, metrics.average_precision_at_k):
        assert (metric(sorted_hits, relevant) >= metric(hits, relevant) - 1e-12).all()


def test_a_random_list_has_the_ndcg_that_chance_gives_it():
    """One relevant product of m, somewhere in a list of all m: the mean gain over its ranks."""
    rng, m = np.random.default_rng(4), 8
    hits = np.array([rng.permutation(m) == 0 for _ in range(4_000)])
    expected = np.mean(1 / np.log2(np.arange(2, m + 2)))

    assert metrics.ndcg_at_k(hits, np.ones(4_000, dtype=np.int64)).mean() == pytest.approx(expected, abs=0.01)


def test_a_member_without_relevant_products_scores_nothing():
    assert metrics.ndcg_at_k(np.zeros((1, 3), bool), np.array([0])).tolist() == [0]
    assert metrics.recall_at_k(np.zeros((1, 3), bool), np.array([0])).tolist() == [0]


def test_empty_lists_have_no_novelty_and_no_popular_products():
    empty, buyers = np.full((2, 3), -1), np.array([3, 1])

    assert metrics.novelty(empty, buyers=buyers, n_members=4) == 0
    assert metrics.popularity_share(empty, buyers=buyers) == 0
    assert metrics.coverage(empty, n_products=0) == 0


def test_what_everybody_bought_is_not_new():
    assert metrics.novelty(np.array([[0]]), buyers=np.array([5]), n_members=5) == 0


def test_the_interval_of_nobody_is_empty_and_a_wider_one_holds_a_narrower():
    assert metrics.bootstrap_interval(np.zeros(0), rng=np.random.default_rng(0)) == (0, 0)
    values = np.random.default_rng(1).random(60)
    wide, narrow = (
        metrics.bootstrap_interval(values, rng=np.random.default_rng(2), confidence=share)
        for share in (0.95, 0.5)
    )

    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_the_interval_of_a_mean_covers_it_about_as_often_as_it_says():
    rng = np.random.default_rng(9)
    covered = 0
    for _ in range(200):
        low, high = metrics.bootstrap_interval(rng.random(40), rng=rng, draws=200)
        covered += low <= 0.5 <= high

    assert covered / 200 == pytest.approx(0.95, abs=0.05)


def test_parts_are_named_once_and_the_skipped_label_is_not_one():
    values = {"x": np.array([1.0, 3.0, 5.0])}

    assert metrics.by_part(values, np.array(["b", "a", "a"]), skip="b") == {"a": {"members": 2, "x": 4.0}}
    assert metrics.by_part(values, np.array(["", "", ""])) == {}
