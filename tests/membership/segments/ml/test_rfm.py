from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from membership.segments.ml.rfm import GROUPS, group_index, quintiles


def test_ten_different_values_fall_into_fifths_of_two() -> None:
    assert quintiles(np.arange(10.0)).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_equal_values_score_equally() -> None:
    assert quintiles(np.full(7, 4.0)).tolist() == [3] * 7


def test_no_values_give_no_scores() -> None:
    assert quintiles(np.zeros(0)).tolist() == []


def test_a_value_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        quintiles(np.array([1.0, np.nan]))


@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6)))
def test_a_higher_value_never_scores_lower(values: np.ndarray) -> None:
    scores = quintiles(values)

    assert ((scores >= 1) & (scores <= 5)).all()
    assert (np.diff(scores[np.argsort(values)].astype(int)) >= 0).all()


def test_every_pair_of_scores_lies_in_exactly_one_group() -> None:
    for recency in range(1, 6):
        for frequency in range(1, 6):
            fitting = [
                group
                for group in GROUPS
                if group.recency[0] <= recency <= group.recency[1]
                and group.frequency[0] <= frequency <= group.frequency[1]
            ]
            assert len(fitting) == 1, (recency, frequency)


def test_who_bought_lately_and_often_is_a_champion() -> None:
    index = group_index(np.array([5, 1], dtype=np.int8), np.array([5, 1], dtype=np.int8))

    assert [GROUPS[position].key for position in index] == ["champions", "hibernating"]
