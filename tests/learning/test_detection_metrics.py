"""Detection metrics against sums done by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from learning.detection_metrics import (
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
    arguments: dict[str, Any] = {"member": [7, 7, 8], "day": [0, 1, 1], "k": 1}
    assert card_precision_at_k([1, 1, 0], [0.9, 0.9, 0.1], **arguments) == pytest.approx(1 / 2)
    assert card_precision_at_k([1, 1, 0], [0.9, 0.9, 0.1], **arguments, drop_detected=False) == pytest.approx(
        1
    )


def test_capacity_looks_at_the_top_of_each_day():
    # two a day: day 0 looks at .9 (bad) and .8; day 1 at .3 and .2 (bad); the bad .1 is missed
    bad, score, day = [1, 0, 0, 0, 1, 1], [0.9, 0.8, 0.7, 0.3, 0.2, 0.1], [0, 0, 0, 1, 1, 1]
    assert at_capacity(bad, score, day=day, per_day=2) == pytest.approx((2 / 4, 2 / 3))


def test_threshold_counts_rows_at_or_above_it():
    found = precision_recall_at([1, 0, 1], [0.5, 0.5, 0.4], threshold=0.5)
    assert found == pytest.approx((0.5, 0.5))


def test_brier_is_the_mean_squared_distance():
    assert brier([1, 0], [0.7, 0.2]) == pytest.approx((0.09 + 0.04) / 2)


@pytest.mark.parametrize(
    ("bad", "score", "message"),
    [([1, 2], [0.1, 0.2], "0 or 1"), ([1, 0], [0.1, np.nan], "finite"), ([1], [0.1, 0.2], "same length")],
)
def test_nonsense_is_refused(bad, score, message):
    with pytest.raises(ValueError, match=message):
        auc_roc(bad, score)
