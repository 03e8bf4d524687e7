from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from learning.tuning import StudyFile, Tuned, changed, tune

SPACE = {"x": tuple(range(-10, 11)), "y": tuple(range(-10, 11))}


def hill(changes: Mapping[str, Any], effort: float) -> float:
    """Highest at x = 3, y = -2; the defaults x = y = 0 are at -13."""
    return float(-((changes.get("x", 0) - 3) ** 2) - (changes.get("y", 0) + 2) ** 2)


def shares(result: Tuned) -> list[float]:
    return [round(attempt.effort, 3) for attempt in result.attempts]


def test_it_finds_something_better_than_the_defaults() -> None:
    result = tune(SPACE, hill, tries=60, seed=1)

    assert result.default_score == -13
    assert result.score == hill(result.changes, 1.0) > -5


def test_the_same_seed_makes_the_same_attempts() -> None:
    first, again, other = (tune(SPACE, hill, tries=20, seed=seed) for seed in (1, 1, 2_000))

    assert first.attempts == again.attempts != other.attempts


def test_settings_that_do_badly_on_a_part_do_not_see_all_of_the_data() -> None:
    result = tune(SPACE, hill, tries=28, seed=1)
    small, larger, all_of_it = (shares(result).count(share) for share in (0.111, 0.333, 1.0))

    assert small == 27
    assert 1 < all_of_it <= larger < small
    assert result.attempts[0].changes == {}
    assert result.attempts[0].effort == 1.0  # the defaults are not pruned


def test_nothing_worse_than_the_defaults_is_chosen() -> None:
    def only_the_defaults(changes: Mapping[str, Any], effort: float) -> float:
        return 0.0 if not changes else -1.0

    result = tune(SPACE, only_the_defaults, tries=10, seed=1)

    assert (result.changes, result.score) == ({}, 0.0)


def test_a_figure_that_is_not_a_number_never_wins() -> None:
    def broken(changes: Mapping[str, Any], effort: float) -> float:
        return float("nan") if changes else 0.5

    result = tune(SPACE, broken, tries=10, seed=1)

    assert (result.changes, result.score) == ({}, 0.5)


def test_when_the_time_is_over_no_further_setting_is_begun() -> None:
    moments = iter(range(1_000))
    result = tune(SPACE, hill, tries=500, seed=1, seconds=20, clock=lambda: float(next(moments)))

    assert 10 < shares(result).count(0.111) < 20  # one look at the clock at the start, one a setting
    assert result.score == max(one.score for one in result.attempts if one.effort == 1.0)


def test_a_small_space_is_tried_no_more_often_than_it_has_settings() -> None:
    assert len({repr(one.changes) for one in tune({"x": (1, 2)}, hill, tries=50, seed=1).attempts}) == 3
    assert [one.changes for one in tune({}, hill, tries=50, seed=1).attempts] == [{}]
    with pytest.raises(ValueError, match="no values for x"):
        tune({"x": ()}, hill, tries=2, seed=1)


def test_nothing_is_measured_twice() -> None:
    measured: list[tuple[str, float]] = []

    def measure(changes: Mapping[str, Any], effort: float) -> float:
        measured.append((repr(changes), effort))
        return hill(changes, effort)

    tune({"x": (1, 2, 3), "y": (1, 2)}, measure, tries=50, seed=1)

    assert len(measured) == len(set(measured))


def test_a_grid_tries_every_setting() -> None:
    result = tune({"x": (1, 3, 5), "y": (-2, 0)}, hill, tries=0, seed=1, grid=True)

    assert len({repr(attempt.changes) for attempt in result.attempts}) == 1 + 6
    assert result.changes == {"x": 3, "y": -2}


def kept_in(folder: Path, key: str = "data-1") -> StudyFile:
    return StudyFile(folder / "tuning" / "studies.sqlite3", subject="als", key=key)


KILLED_AT_THE_NINTH = """
import os, signal, sys
from pathlib import Path
from learning.tuning import StudyFile, tune

made = []

def measure(changes, effort):
    made.append(changes)
    if len(made) == 9:
        os.kill(os.getpid(), signal.SIGKILL)
    return float(-((changes.get("x", 0) - 3) ** 2) - (changes.get("y", 0) + 2) ** 2)

space = {"x": tuple(range(-10, 11)), "y": tuple(range(-10, 11))}
tune(space, measure, tries=15, seed=1, file=StudyFile(Path(sys.argv[1]), subject="als", key="data-1"))
"""


def test_a_search_whose_process_was_killed_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_AT_THE_NINTH, str(kept_in(tmp_path).path)]
    killed = subprocess.run(command, check=False, timeout=120)
    made: list[Mapping[str, Any]] = []

    def measure(changes: Mapping[str, Any], effort: float) -> float:
        made.append(changes)
        return hill(changes, effort)

    result = tune(SPACE, measure, tries=15, seed=1, file=kept_in(tmp_path))

    assert killed.returncode == -signal.SIGKILL
    assert result == tune(SPACE, hill, tries=15, seed=1)
    assert len(made) == len(result.attempts) - 8


def test_a_finished_search_is_not_made_again_and_one_on_other_data_forgets_it(tmp_path: Path) -> None:
    first = tune(SPACE, hill, tries=5, seed=1, file=kept_in(tmp_path))

    def refuse(changes: Mapping[str, Any], effort: float) -> float:
        raise AssertionError(changes)

    assert tune(SPACE, refuse, tries=5, seed=1, file=kept_in(tmp_path)) == first
    tune(SPACE, hill, tries=5, seed=1, file=kept_in(tmp_path, key="data-2"))
    with sqlite3.connect(kept_in(tmp_path).path) as studies:
        assert studies.execute("SELECT study_name FROM studies").fetchall() == [("als data-2",)]


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
