from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from learning import ranking_metrics as metrics

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
