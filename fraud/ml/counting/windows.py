"""Counting over the orders of one key within a window that ends with each order.

Every order counts for a stretch of the later orders of its key: from the moment at which what is counted was
known of it (placed, approved, declined, found to be fraud) until that changes or the window has passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Moments = NDArray[np.int64]
NEVER: Final = np.iinfo(np.int64).max


@dataclass(frozen=True)
class KnownOf:
    """(n,) seconds each, NEVER where it did not happen: when orders were approved, declined, found fraud."""

    approved_at: Moments
    declined_at: Moments
    fraud_known_at: Moments

    def stretches(self, measure: str, outcome: str) -> list[tuple[Moments, Moments]]:
        """(since, until) of what counts; of an order that was declined and reopened, the later counts."""
        always, never = np.zeros_like(self.approved_at), np.full_like(self.approved_at, NEVER)
        approved, declined = self.approved_at, self.declined_at
        if measure == "frauds":
            return [(self.fraud_known_at, never)]
        if outcome == "placed":
            return [(always, never)]
        if outcome == "approved":
            return [(approved, np.where(declined > approved, declined, NEVER))]
        if outcome == "declined":
            return [(declined, np.where(approved >= declined, approved, NEVER))]
        reopened = np.where((declined != NEVER) & (approved >= declined), approved, NEVER)
        return [(always, declined), (reopened, never)]


@dataclass(frozen=True)
class Windows:
    """n orders sorted by key and time: the order ``rows[i]`` counts for the rows from ``first[i]`` up to, and
    without, ``last[i]``."""

    n: int
    rows: NDArray[np.intp]
    first: NDArray[np.intp]
    last: NDArray[np.intp]

    @classmethod
    def of(
        cls,
        *,
        keys: NDArray[np.int64],
        at: Moments,
        seconds: int,
        stretches: list[tuple[Moments, Moments]],
        with_itself: bool,
    ) -> Windows:
        """``keys`` and ``at`` are sorted. An order counts for itself only ``with_itself``, and then always:
        what is known of it before it is placed, by a wrong clock, is not used."""
        row = np.arange(len(keys))
        passed = _positions(keys, at, at + seconds)
        parts = [(row, row, row + 1)] if with_itself else []
        for since, until in stretches:
            first = np.maximum(_positions(keys, at, since), row + 1)
            last = np.minimum(_positions(keys, at, until), passed)
            counts = (last > first) & (since != NEVER)
            parts.append((row[counts], first[counts], last[counts]))
        rows, firsts, lasts = (np.concatenate(column) for column in zip(*parts, strict=True))
        return cls(len(keys), rows, firsts, lasts)

    def sums(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) of ``values`` (n,) over the orders that count at each row."""
        added = np.zeros(self.n + 1, np.int64)
        np.add.at(added, self.first, values[self.rows])
        np.subtract.at(added, self.last, values[self.rows])
        return np.cumsum(added)[:-1]

    def distinct(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) how many different ``values`` (n,) count at each row; those below 0 are unknown."""
        known = values[self.rows] >= 0
        rows, first, last = self.rows[known], self.first[known], self.last[known]
        entering = _in_turn(first, values[rows])
        leaving = _in_turn(last, values[rows])
        here: dict[int, int] = {}
        counted = np.zeros(self.n, np.int64)
        for row in range(self.n):
            while entering and entering[-1][0] <= row:
                value = entering.pop()[1]
                here[value] = here.get(value, 0) + 1
            while leaving and leaving[-1][0] <= row:
                value = leaving.pop()[1]
                here[value] -= 1
                if not here[value]:
                    del here[value]
            counted[row] = len(here)
        return counted


def _in_turn(position: NDArray[np.intp], values: NDArray[np.int64]) -> list[tuple[int, int]]:
    """(position, value), the first one last, to be popped."""
    order = np.argsort(-position, kind="stable")
    return list(zip(position[order].tolist(), values[order].tolist(), strict=True))


def _positions(keys: NDArray[np.int64], at: Moments, moments: Moments) -> NDArray[np.intp]:
    """(n,) the first row of each row's own key that was placed at its moment or later."""
    if not len(keys):
        return np.zeros(0, np.intp)
    begins, ends = int(at.min()), int(at.max()) + 1
    span = ends - begins + 1
    # one number that sorts as (key, time) does
    place = (keys + 1) * span + (at - begins)
    return np.searchsorted(place, (keys + 1) * span + np.clip(moments, begins, ends) - begins, "left")
