from __future__ import annotations

import numpy as np

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
