from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from learning.splitting import leave_last_out, rolling_cuts, split_at


def test_the_last_is_the_test_and_the_one_before_the_validation():
    members = np.array([1, 2, 1, 1, 2, 2, 1])
    times = np.array([40, 1, 10, 30, 3, 2, 20])
    split = leave_last_out(members, times)

    assert split.test.tolist() == [0, 4]
    assert split.validation.tolist() == [3, 5]
    assert sorted(split.train.tolist()) == [1, 2, 6]
    assert split.short.tolist() == []


def test_equal_times_keep_the_order_of_the_file():
    split = leave_last_out(np.array([1, 1, 1]), np.array([5, 5, 5]))

    assert (split.train.tolist(), split.validation.tolist(), split.test.tolist()) == ([0], [1], [2])


def test_members_with_two_entries_are_not_judged():
    split = leave_last_out(np.array([1, 1, 2, 2, 2]), np.array([1, 2, 1, 2, 3]))

    assert split.short.tolist() == [0, 1]
    assert split.test.tolist() == [4]


def test_a_time_split_leaves_no_entry_on_both_sides():
    before, after = split_at(np.array([0, 9, 10, 19, 20]), cut=10, horizon_seconds=10)

    assert before.tolist() == [True, True, False, False, False]
    assert after.tolist() == [False, False, True, True, False]


def test_later_folds_train_on_more():
    times = np.arange(4) * 86_400
    cuts = rolling_cuts(first_cut=86_400, horizon_days=1, folds=2)
    folds = [split_at(times, cut=cut, horizon_seconds=86_400) for cut in cuts]

    assert [before.sum() for before, _ in folds] == [1, 2]
    assert [after.sum() for _, after in folds] == [1, 1]


purchases = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), max_size=25)


@given(purchases)
def test_every_entry_is_in_just_one_part(rows: list[tuple[int, int]]):
    members, times = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    split = leave_last_out(members, times)
    parts = [*split.train, *split.validation, *split.test, *split.short]

    assert sorted(parts) == list(range(len(rows)))


@given(purchases)
def test_nothing_that_trains_is_newer_than_what_judges(rows: list[tuple[int, int]]):
    members, times = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    split = leave_last_out(members, times)

    for test, validation in zip(split.test, split.validation, strict=True):
        mine = split.train[members[split.train] == members[test]]
        assert members[validation] == members[test]
        assert len(mine) >= 1
        assert times[mine].max() <= times[validation] <= times[test]


@given(purchases)
def test_only_members_with_fewer_than_three_entries_are_short(rows: list[tuple[int, int]]):
    members, times = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    counts = np.bincount(members, minlength=5)
    split = leave_last_out(members, times)

    assert sorted(split.short) == np.flatnonzero(counts[members] < 3).tolist()
    assert len(split.test) == (counts >= 3).sum()


def test_an_empty_file_has_empty_parts():
    nothing = np.zeros(0, dtype=np.int64)
    split = leave_last_out(nothing, nothing)

    assert len(split.train) == len(split.validation) == len(split.test) == len(split.short) == 0


def test_the_horizons_of_the_folds_touch_and_do_not_overlap():
    times = np.arange(0, 40) * 86_400
    cuts = rolling_cuts(first_cut=10 * 86_400, horizon_days=7, folds=4)
    judged = np.stack([split_at(times, cut=cut, horizon_seconds=7 * 86_400)[1] for cut in cuts])

    assert judged.sum(axis=0).tolist() == [0] * 10 + [1] * 28 + [0] * 2
