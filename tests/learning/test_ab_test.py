from __future__ import annotations

import pytest

from learning.ab_test import difference, group_of, share


def test_the_score_interval_is_the_published_one():
    # Newcombe 1998, table I: 81 of 263
    interval = share(81, 263)

    assert [interval.low, interval.high] == pytest.approx([0.2553, 0.3662], abs=1e-4)


def test_the_difference_is_the_published_one():
    # Newcombe 1998, table II, method 10: 56 of 70 against 48 of 80
    interval = difference(56, 70, 48, 80)

    assert interval.value == pytest.approx(0.2)
    assert [interval.low, interval.high] == pytest.approx([0.0524, 0.3339], abs=1e-4)


def test_of_nobody_nothing_is_known():
    assert (share(0, 0).low, share(0, 0).high) == (0, 1)


def test_of_an_empty_group_no_difference_is_known():
    interval = difference(3, 10, 0, 0)

    assert (interval.low, interval.high) == (-1, 1)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (1, 1), (0, 1)])
def test_intervals_stay_within_what_is_possible(successes: int, n: int):
    one, apart = share(successes, n), difference(successes, n, n - successes, n)

    assert 0 <= one.low <= one.value <= one.high <= 1
    assert -1 <= apart.low <= apart.value <= apart.high <= 1


def test_more_successes_than_members_are_refused():
    with pytest.raises(ValueError, match="3 successes among 2"):
        share(3, 2)


def test_groups_are_as_large_as_their_weights_and_stay():
    groups = [group_of(str(n), salt="a", weights=[3, 1]) for n in range(4000)]

    assert groups == [group_of(str(n), salt="a", weights=[3, 1]) for n in range(4000)]
    assert sum(groups) / 4000 == pytest.approx(0.25, abs=0.03)


def test_another_salt_gives_another_assignment():
    same = [
        group_of(str(n), salt="a", weights=[1, 1]) == group_of(str(n), salt="b", weights=[1, 1])
        for n in range(2000)
    ]

    assert sum(same) / 2000 == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("weights", [[], [0, 0], [-1, 2], [float("nan"), 1]])
def test_impossible_weights_are_refused(weights: list[float]):
    with pytest.raises(ValueError, match="weights"):
        group_of("x", salt="", weights=weights)
