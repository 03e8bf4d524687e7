"""Detection metrics against sums done by hand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.metrics.detection import (
    at_capacity,
    auc_roc,
    average_precision,
    brier,
    card_precision_at_k,
    precision_recall_at,
)


def test_auc_counts_pairs_in_the_right_order():
    # bad .8 beats .5 and .1, bad .4 beats .1 alone: 3 of 4 pairs
    assert auc_roc([1, 1, 0, 0], [0.8, 0.4, 0.5, 0.1]) == pytest.approx(3 / 4)


def test_auc_counts_a_tie_as_half():
    assert auc_roc([1, 0, 0], [0.5, 0.5, 0.1]) == pytest.approx(1.5 / 2)


def test_average_precision_adds_the_precision_at_each_bad_row():
    # ranks 1 and 3 are bad: (1/1 + 2/3) / 2
    assert average_precision([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]) == pytest.approx((1 + 2 / 3) / 2)


def test_average_precision_takes_ties_as_one_block():
    # one block of four with one bad row: precision 1/4 whatever the order of the file
    assert average_precision([0, 0, 0, 1], [0.5] * 4) == pytest.approx(1 / 4)
    assert average_precision([1, 0, 0, 0], [0.5] * 4) == pytest.approx(1 / 4)


@pytest.mark.parametrize("metric", [auc_roc, average_precision])
def test_ranking_without_a_bad_row_is_not_a_number(metric):
    assert np.isnan(metric([0, 0], [0.1, 0.2]))


def test_metrics_agree_with_scikit_learn_on_noise():
    from sklearn.metrics import average_precision_score, roc_auc_score

    rng = np.random.default_rng(3)
    bad, score = rng.random(500) < 0.1, np.round(rng.random(500), 2)
    assert auc_roc(bad, score) == pytest.approx(roc_auc_score(bad, score))
    assert average_precision(bad, score) == pytest.approx(average_precision_score(bad, score))


def test_card_precision_takes_a_members_highest_order():
    # day 0, best two members: 7 (by its second order, compromised) and 9 (clean): 1 of 2
    value = card_precision_at_k([0, 1, 0, 0], [0.1, 0.9, 0.5, 0.2], member=[7, 7, 9, 8], day=[0] * 4, k=2)
    assert value == pytest.approx(1 / 2)


def test_card_precision_blocks_a_member_once_found():
    # day 0 finds member 7 (1 of 1); on day 1 it is blocked, and 8 is looked at in vain (0 of 1)
    figure = partial(card_precision_at_k, [1, 1, 0], [0.9, 0.9, 0.1], member=[7, 7, 8], day=[0, 1, 1], k=1)

    assert figure() == pytest.approx(1 / 2)
    assert figure(drop_detected=False) == pytest.approx(1)


def test_capacity_looks_at_the_top_of_each_day():
    # two a day: day 0 looks at .9 (bad) and .8; day 1 at .3 and .2 (bad); the bad .1 is missed
    bad, score, day = [1, 0, 0, 0, 1, 1], [0.9, 0.8, 0.7, 0.3, 0.2, 0.1], [0, 0, 0, 1, 1, 1]
    assert at_capacity(bad, score, day=day, per_day=2) == pytest.approx((2 / 4, 2 / 3))


def test_threshold_counts_rows_at_or_above_it():
    pair = precision_recall_at([1, 0, 1], [0.5, 0.5, 0.4], threshold=0.5)
    assert pair == pytest.approx((0.5, 0.5))


def test_brier_is_the_mean_squared_distance():
    assert brier([1, 0], [0.7, 0.2]) == pytest.approx((0.09 + 0.04) / 2)


@pytest.mark.parametrize(
    ("bad", "score", "message"),
    [([1, 2], [0.1, 0.2], "0 or 1"), ([1, 0], [0.1, np.nan], "finite"), ([1], [0.1, 0.2], "same length")],
)
def test_invalid_labels_and_scores_are_refused(bad, score, message):
    with pytest.raises(ValueError, match=message):
        auc_roc(bad, score)


labels_and_scores = st.lists(
    st.tuples(st.sampled_from((0, 1)), st.integers(-5, 5)), min_size=2, max_size=25
).filter(lambda rows: 0 < sum(bad for bad, _score in rows) < len(rows))


@given(labels_and_scores)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, int]]):
    pairs = [
        (score > other) + (score == other) / 2
        for bad, score in rows
        if bad
        for good, other in rows
        if not good
    ]
    bad, score = zip(*rows, strict=True)

    assert auc_roc(bad, score) == pytest.approx(sum(pairs) / len(pairs))


@given(labels_and_scores)
def test_negated_scores_give_one_minus_the_auc(rows: list[tuple[int, int]]):
    bad, score = zip(*rows, strict=True)

    assert auc_roc(bad, score) + auc_roc(bad, -np.array(score)) == pytest.approx(1)


@given(labels_and_scores)
def test_only_the_order_of_scores_counts(rows: list[tuple[int, int]]):
    bad, score = np.array(rows).T

    assert auc_roc(bad, score) == auc_roc(bad, np.exp(score))
    assert average_precision(bad, score) == average_precision(bad, 3 * score + 7)


@given(labels_and_scores)
def test_average_precision_sums_over_thresholds(rows: list[tuple[int, int]]):
    bad, score = (np.array(column) for column in zip(*rows, strict=True))
    total, before = 0.0, 0.0
    for threshold in sorted(set(score.tolist()), reverse=True):
        precision, recall = precision_recall_at(bad, score, threshold=threshold)
        total += precision * (recall - before)
        before = recall

    assert average_precision(bad, score) == pytest.approx(total)


@given(labels_and_scores, st.randoms(use_true_random=False))
def test_metrics_do_not_depend_on_the_order_of_the_file(rows: list[tuple[int, int]], random: Random):
    mixed = random.sample(rows, len(rows))
    (bad, score), (mixed_bad, mixed_score) = zip(*rows, strict=True), zip(*mixed, strict=True)

    for metric in (auc_roc, average_precision, brier_of_ranks):
        assert metric(bad, score) == pytest.approx(metric(mixed_bad, mixed_score))


def brier_of_ranks(bad: Sequence[int], score: Sequence[int]) -> float:
    return brier(bad, (np.array(score) + 5) / 10)


@given(labels_and_scores, st.integers(1, 4))
def test_capacity_agrees_with_a_day_by_day_look(rows: list[tuple[int, int]], per_day: int):
    bad, score = (np.array(column) for column in zip(*rows, strict=True))
    day = np.arange(len(bad)) // 5
    looked_at: list[int] = []
    for today in np.unique(day):
        mine = np.flatnonzero(day == today).tolist()
        looked_at += sorted(mine, key=lambda row: (-score[row], row))[:per_day]
    hits = int(bad[looked_at].sum())

    expected = (hits / len(looked_at), hits / int(bad.sum()))
    assert at_capacity(bad, score, day=day, per_day=per_day) == pytest.approx(expected)


def test_more_capacity_never_finds_less():
    rng = np.random.default_rng(5)
    bad, score, day = rng.random(200) < 0.2, rng.random(200), np.repeat(np.arange(10), 20)
    recalls = [at_capacity(bad, score, day=day, per_day=n)[1] for n in range(1, 21)]

    assert recalls == sorted(recalls)
    assert recalls[-1] == 1


def test_a_day_with_fewer_members_than_k_is_still_divided_by_k():
    value = card_precision_at_k([1], [0.9], member=[7], day=[0], k=4)

    assert value == 1 / 4


def test_without_rows_there_is_no_figure():
    assert np.isnan(card_precision_at_k([], [], member=[], day=[]))
    assert np.isnan(brier([], []))
    assert np.isnan(at_capacity([], [], day=[], per_day=3)).all()


def test_a_threshold_above_all_scores_flags_nothing():
    precision, recall = precision_recall_at([1, 0], [0.2, 0.1], threshold=0.5)

    assert np.isnan(precision)
    assert recall == 0


def test_tables_are_refused_as_scores():
    with pytest.raises(ValueError, match="one row each"):
        auc_roc([[1, 0]], [[0.1, 0.2]])
