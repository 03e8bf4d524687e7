"""Choosing a model's settings: random search in successive halvings, on whatever figure the caller measures.

Jamieson & Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization" (AISTATS 2016):
many settings are tried on a small part of the data, the best third of them on three times as much, until the
last few meet on all of it. The defaults are always among the last, so that nothing worse is ever chosen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

Space = Mapping[str, Sequence[Any]]
"""Field -> the values it may take; ``als.factors`` is the field of a nested configuration."""
Measure = Callable[[Mapping[str, Any], float], float]
"""``measure(changes, effort)``: a figure, higher = better, found on the share ``effort`` of the data."""
Config = TypeVar("Config")
KEPT = 3
"""One setting in so many goes on to a part so many times as large."""
SMALLEST_EFFORT = 1 / 9


@dataclass(frozen=True)
class Attempt:
    """One measurement; ``changes`` {} are the defaults."""

    changes: Mapping[str, Any]
    effort: float
    score: float


@dataclass(frozen=True)
class Tuned:
    """``changes`` to the defaults, their figure on all of the data, and that of the defaults."""

    changes: Mapping[str, Any]
    score: float
    default_score: float
    attempts: Sequence[Attempt]

    def as_parameters(self) -> dict[str, Any]:
        """What is kept beside a trained version."""
        return {
            "changes": dict(self.changes),
            "score": self.score,
            "default_score": self.default_score,
            "attempts": len(self.attempts),
        }


def tune(
    space: Space,
    measure: Measure,
    *,
    tries: int,
    rng: np.random.Generator,
    seconds: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Tuned:
    """The best of the defaults and ``tries`` - 1 settings drawn from ``space``.

    After ``seconds`` only the best so far meets the defaults on all of the data. A figure that is not a
    number never wins.
    """
    deadline = np.inf if seconds is None else clock() + seconds
    attempts: list[Attempt] = []

    def measured(changes: Mapping[str, Any], effort: float) -> float:
        score = float(measure(changes, effort))
        attempts.append(Attempt(changes, effort, score))
        return score if score == score else -np.inf

    others: list[Mapping[str, Any]] = [*draws(space, tries - 1, rng=rng)]
    for effort in efforts(len(others)):
        ranked: list[tuple[float, Mapping[str, Any]]] = []
        for changes in others:
            if clock() > deadline:
                break
            ranked.append((measured(changes, effort), changes))
        ranked.sort(key=lambda one: -one[0])
        # what the time did not reach is dropped with what did badly
        others = [changes for _score, changes in ranked[: -(-len(ranked) // KEPT)]] or others[:1]
    default_score = best_score = measured({}, 1.0)
    best: dict[str, Any] = {}
    for changes in others[:1] if clock() > deadline else others:
        score = measured(changes, 1.0)
        if score > best_score:
            best, best_score = dict(changes), score
    return Tuned(best, best_score, default_score, attempts)


def climb(
    space: Space, measure: Callable[[Mapping[str, Any]], float], *, start: Mapping[str, Any], rounds: int = 2
) -> dict[str, Any]:
    """``start`` with one field after another set to its best value, until a round changes nothing.

    For a cheap ``measure`` (higher = better) of few fields that hardly depend on each other; nothing is
    measured twice, and ``start`` stays where nothing is better.
    """
    known: dict[str, float] = {}

    def figure(changes: Mapping[str, Any]) -> float:
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


def efforts(n: int) -> list[float]:
    """The growing shares of the data on which ``n`` settings are thinned out before the last comparison."""
    shares: list[float] = []
    left, share = n, 1.0
    while left > KEPT and share / KEPT >= 0.99 * SMALLEST_EFFORT:
        left, share = -(-left // KEPT), share / KEPT
        shares.append(share)
    return shares[::-1]


def draws(space: Space, n: int, *, rng: np.random.Generator) -> list[dict[str, Any]]:
    """At most ``n`` different settings, each field drawn evenly from its values."""
    for name, values in space.items():
        if len(values) == 0:
            raise ValueError(f"the search space has no values for {name}")
    found: dict[str, dict[str, Any]] = {}
    for _ in range(20 * max(n, 0)):  # a small space may hold fewer than n
        if len(found) >= n or not space:
            break
        drawn = {name: values[int(rng.integers(len(values)))] for name, values in space.items()}
        found.setdefault(repr(drawn), drawn)
    return list(found.values())


def changed(config: Config, changes: Mapping[str, Any]) -> Config:
    """``config``, a frozen dataclass, with ``changes``. Raises ValueError on a field it does not have."""
    own: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    known = {field.name for field in fields(config)} if is_dataclass(config) else set()
    for name, value in changes.items():
        first, _dot, rest = name.partition(".")
        if first not in known:
            raise ValueError(f"{type(config).__name__} has no setting {first!r}; it has {sorted(known)}")
        if rest:
            nested.setdefault(first, {})[rest] = value
        else:
            own[first] = value
    for first, inner in nested.items():
        own[first] = changed(getattr(config, first), inner)
    return replace(config, **own)  # type: ignore[type-var]  # checked above
