from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from learning.coordinate_search import climb


def test_the_search_changes_one_field_at_a_time_and_measures_nothing_twice():
    measured: list[tuple[int, int]] = []

    def measure(changes: Mapping[str, Any]) -> float:
        measured.append((changes["a"], changes["b"]))
        return float(-abs(changes["a"] - 3) - abs(2 * changes["b"] - changes["a"]))

    best = climb({"a": (1, 2, 3), "b": (1, 2, 3)}, measure, start={"a": 1, "b": 2}, rounds=9)

    assert best == {"a": 3, "b": 2}
    assert len(measured) == len(set(measured))


def test_the_search_keeps_the_start_where_nothing_is_better():
    assert climb({"a": (1, 2)}, lambda changes: 0.0, start={"a": 7}) == {"a": 7}
