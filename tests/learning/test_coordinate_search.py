from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from learning.coordinate_search import climb


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
