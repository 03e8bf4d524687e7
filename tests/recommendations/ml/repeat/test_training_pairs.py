from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommendations.ml.repeat.features import NAMES
from recommendations.ml.repeat.snapshot import Pairs
from recommendations.ml.repeat.training_pairs import TrainingPairs, joined, thinned

members = st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=40)


def drawn(rows: list[tuple[int, bool]], *, negatives: int) -> tuple[TrainingPairs, list[tuple[int, bool]]]:
    """The training pairs, and the rows sorted by member as they went in; feature 0 is the row."""
    rows = sorted(rows, key=lambda row: row[0])
    lines = np.array([line for line, _right in rows], np.int64)
    features = np.zeros((len(rows), len(NAMES)), np.float32)
    features[:, 0] = np.arange(len(rows))
    pairs = Pairs(lines=lines, product_rows=np.zeros(len(rows), np.int64), features=features)
    right = np.array([one for _line, one in rows], bool)
    return thinned(pairs, right, negatives, np.random.default_rng(1)), rows


@given(members, st.integers(0, 10))
def test_every_right_pair_is_kept_and_members_without_one_are_left_out(rows, negatives):
    made, rows = drawn(rows, negatives=negatives)
    kept = made.features[:, 0].astype(int).tolist()

    assert [row for row in kept if rows[row][1]] == [row for row, (_l, right) in enumerate(rows) if right]
    buyers = {line for line, right in rows if right}
    assert {rows[row][0] for row in kept} <= buyers


@given(members)
def test_groups_count_the_pairs_of_each_member_in_turn(rows):
    made, rows = drawn(rows, negatives=3)
    lines = [rows[row][0] for row in made.features[:, 0].astype(int)]
    assert made.groups.tolist() == [lines.count(line) for line in sorted(set(lines))]


@given(members)
def test_as_many_negatives_as_there_are_pairs_keep_all_of_a_buyer(rows):
    made, rows = drawn(rows, negatives=len(rows))
    buyers = {line for line, right in rows if right}
    assert len(made.right) == sum(line in buyers for line, _right in rows)


def test_about_as_many_wrong_pairs_as_wanted_are_kept():
    made, _rows = drawn([(0, True)] + [(0, False)] * 5_000, negatives=100)
    assert 70 < int((~made.right).sum()) < 130


def test_joined_pairs_follow_one_another_and_none_give_none():
    one, _rows = drawn([(0, True), (0, False)], negatives=5)
    both = joined([one, one])
    assert (both.groups.tolist(), both.right.tolist()) == ([2, 2], [*one.right.tolist()] * 2)
    assert joined([]).features.shape == (0, len(NAMES))
