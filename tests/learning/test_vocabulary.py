from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.vocabulary import Vocabulary


def test_rows_follow_the_sorted_ids():
    vocabulary, rows = Vocabulary.encode([30, 10, 30, 20])

    assert vocabulary.ids.tolist() == [10, 20, 30]
    assert rows.tolist() == [2, 0, 2, 1]


def test_an_unknown_id_has_row_minus_one():
    assert Vocabulary.from_ids([10, 20]).rows_of([20, 99, 1]).tolist() == [1, -1, -1]


def test_text_ids_work_like_numbers():
    vocabulary = Vocabulary.from_ids(np.array(["b", "a", "b"], dtype=object))

    assert vocabulary.rows_of(["b", "zzz"]).tolist() == [1, -1]


def test_an_empty_vocabulary_knows_nothing():
    empty = Vocabulary.from_ids([])

    assert len(empty) == 0
    assert empty.rows_of([5]).tolist() == [-1]


ids = st.lists(st.integers(-(2**40), 2**40), max_size=20) | st.lists(st.text(max_size=5), max_size=20)


@given(ids)
def test_rows_lead_back_to_the_ids(given_ids: list[object]):
    wanted = np.array(given_ids, dtype=object if given_ids and isinstance(given_ids[0], str) else np.int64)
    vocabulary, rows = Vocabulary.encode(wanted)

    assert vocabulary.ids[rows].tolist() == [
        one.rstrip("\0") if isinstance(one, str) else one for one in given_ids
    ]
    assert vocabulary.rows_of(wanted).tolist() == rows.tolist()


@given(st.lists(st.integers(0, 9), min_size=1), st.lists(st.integers(0, 19)))
def test_only_ids_that_occurred_have_a_row(known: list[int], looked_up: list[int]):
    rows = Vocabulary.from_ids(known).rows_of(looked_up)

    assert (rows >= 0).tolist() == [one in known for one in looked_up]


def test_vocabularies_of_the_same_ids_are_equal_whatever_their_order():
    assert Vocabulary.from_ids([3, 1, 2]) == Vocabulary.from_ids([1, 2, 3, 3])
    assert Vocabulary.from_ids([1, 2]) != Vocabulary.from_ids([1, 2, 3])
    assert Vocabulary.from_ids([1]) != "another kind of thing"


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64])
def test_integers_of_any_size_are_held_as_int64(dtype: type):
    assert Vocabulary.from_ids(np.array([1, 2], dtype=dtype)).ids.dtype == np.int64
