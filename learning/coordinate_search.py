"""The best of few settings, one field after another: for figures that are cheap, inside a fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from learning.json_types import JsonMapping, JsonObject

Space = Mapping[str, Sequence[Any]]
"""Field -> the values it may take; ``als.factors`` is the field of a nested configuration."""


def climb(
    space: Space, measure: Callable[[JsonMapping], float], *, start: JsonMapping, rounds: int = 2
) -> JsonObject:
    """``start`` with one field after another set to its best value, until a round changes nothing.

    For a cheap ``measure`` (higher = better) of few fields that hardly depend on each other; nothing is
    measured twice, and ``start`` stays where nothing is better.
    """
    known: dict[str, float] = {}

    def figure(changes: JsonMapping) -> float:
        key = repr(sorted(changes.items()))
        if key not in known:
            known[key] = float(measure(changes))
        return known[key]

    best = dict(start)
    for _ in range(rounds):
        before = dict(best)
        for name, values in space.items():
            for value in values:
                tried = {**best, name: value}
                if figure(tried) > figure(best):
                    best = tried
        if best == before:
            break
    return best
