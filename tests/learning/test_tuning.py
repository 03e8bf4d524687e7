from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from learning.tuning import changed, climb, draws, efforts, tune

SPACE = {"x": tuple(range(-10, 11)), "y": tuple(range(-10, 11))}


def hill(changes: Mapping[str, Any], effort: float) -> float:
    """Highest at x = 3, y = -2; the defaults x = y = 0 are at -13."""
    return float(-((changes.get("x", 0) - 3) ** 2) - (changes.get("y", 0) + 2) ** 2)


def test_it_finds_something_better_than_the_defaults():
    found = tune(SPACE, hill, tries=60, rng=np.random.default_rng(1))

    assert found.default_score == -13
    assert found.score == hill(found.changes, 1.0) > -13


def test_the_same_seed_makes_the_same_attempts():
    first, again, other = (tune(SPACE, hill, tries=20, rng=np.random.default_rng(n)) for n in (1, 1, 2))

    assert first.attempts == again.attempts != other.attempts


def test_settings_are_thinned_out_as_the_effort_grows():
    found = tune(SPACE, hill, tries=28, rng=np.random.default_rng(1))
    made = [round(attempt.effort, 3) for attempt in found.attempts]

    assert made == [0.111] * 27 + [0.333] * 9 + [1.0] * 4  # the last: the defaults and three others
    assert efforts(0) == efforts(3) == []


def test_nothing_worse_than_the_defaults_is_chosen():
    def only_the_defaults(changes: Mapping[str, Any], effort: float) -> float:
        return 0.0 if not changes else -1.0

    found = tune(SPACE, only_the_defaults, tries=10, rng=np.random.default_rng(1))

    assert (found.changes, found.score) == ({}, 0.0)


def test_a_figure_that_is_not_a_number_never_wins():
    def broken(changes: Mapping[str, Any], effort: float) -> float:
        return float("nan") if changes else 0.5

    assert tune(SPACE, broken, tries=10, rng=np.random.default_rng(1)).changes == {}


def test_when_the_time_is_over_the_best_so_far_meets_the_defaults():
    moments = iter(range(1_000))
    found = tune(
        SPACE, hill, tries=500, rng=np.random.default_rng(1), seconds=20, clock=lambda: float(next(moments))
    )

    assert len(found.attempts) == 20 + 2
    assert found.score == max(attempt.score for attempt in found.attempts)


def test_a_small_space_is_not_asked_for_more_than_it_holds():
    assert len(draws({"x": (1, 2)}, 50, rng=np.random.default_rng(1))) == 2
    assert draws({}, 5, rng=np.random.default_rng(1)) == []
    with pytest.raises(ValueError, match="no values for x"):
        draws({"x": ()}, 1, rng=np.random.default_rng(1))


@dataclass(frozen=True)
class Inner:
    factors: int = 8
    alpha: float = 1.0


@dataclass(frozen=True)
class Outer:
    days: float = 3.0
    inner: Inner = field(default_factory=Inner)


def test_changes_reach_nested_settings():
    assert changed(Outer(), {"days": 4.0, "inner.factors": 16}) == Outer(4.0, Inner(16, 1.0))
    assert changed(Outer(), {}) == Outer()
    with pytest.raises(ValueError, match="Inner has no setting 'colour'"):
        changed(Outer(), {"inner.colour": 1})


def test_climbing_sets_one_field_after_another_and_measures_nothing_twice():
    asked: list[tuple[int, int]] = []

    def measure(changes: Mapping[str, Any]) -> float:
        asked.append((changes["a"], changes["b"]))
        return float(-abs(changes["a"] - 3) - abs(2 * changes["b"] - changes["a"]))

    best = climb({"a": (1, 2, 3), "b": (1, 2, 3)}, measure, start={"a": 1, "b": 2}, rounds=9)

    assert best == {"a": 3, "b": 2}
    assert len(asked) == len(set(asked))


def test_climbing_stays_where_nothing_is_better():
    assert climb({"a": (1, 2)}, lambda changes: 0.0, start={"a": 7}) == {"a": 7}
