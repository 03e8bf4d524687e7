"""Where each order's past lies, in columns sorted by whose past it is (a member's, a store's) and by time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHUNK_CELLS = 4_000_000
"""How many cells of (orders, orders before them) are held at a time."""


@dataclass(frozen=True)
class GroupedHistory:
    """For sorted rows; a past holds at most ``limit`` orders, so that checkout reads what training does."""

    first: NDArray[np.int64]  # row of the group's first order
    start: NDArray[np.int64]  # row of the oldest order that features may look at
    count: NDArray[np.int64]  # how many orders that are: 0..limit

    @classmethod
    def of(cls, group: NDArray[np.int64], *, limit: int) -> GroupedHistory:
        """``group`` (n,): codes, those of one group side by side."""
        row = np.arange(len(group))
        is_first = np.ones(len(group), bool)
        is_first[1:] = group[1:] != group[:-1]
        first = np.maximum.accumulate(np.where(is_first, row, 0))
        start = np.maximum(first, row - limit)
        return cls(first, start, row - start)

    def sum(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of each order's past, without the order itself."""
        return self.sum_from(self.start, values)

    def sum_from(self, start: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
        running = np.zeros(len(values) + 1, np.int64)
        np.cumsum(values, out=running[1:])
        return np.asarray(running[:-1] - running[start])

    def mean(self, values: NDArray[np.int64]) -> NDArray[np.float64]:
        """NaN where there is no past."""
        with np.errstate(invalid="ignore"):
            past = np.where(self.count > 0, self.count, np.nan)
            return np.asarray(self.sum(values) / past)

    def previous(self, values: NDArray[np.int64]) -> NDArray[np.float64]:
        """The value of the order before; NaN where there is none."""
        return np.where(self.count > 0, np.roll(values, 1), np.nan)

    def window(self, position: NDArray[np.int64], *, length: int) -> NDArray[np.int64]:
        """(n, length) rows up to and including ``position``, oldest first; -1 where there was none yet."""
        window = position[:, None] + np.arange(1 - length, 1)
        return np.where(window >= self.first[position][:, None], window, -1)

    def velocity(
        self, placed_at: NDArray[np.int64], amount_cents: NDArray[np.int64], *, seconds: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(log of 1 + earlier orders within ``seconds``, log of 1 + money spent in them with this one)."""
        if not len(placed_at):
            return np.zeros(0), np.zeros(0)
        since = placed_at - placed_at.min()
        span = int(since.max()) + seconds + 1
        key = self.first * span + since  # rises with the rows, and groups never overlap
        start = np.maximum(np.searchsorted(key, key - seconds), self.start)
        spent = self.sum_from(start, amount_cents) + amount_cents
        return np.log1p(np.arange(len(key)) - start), np.log1p(spent / 100)

    def pasts(self, position: NDArray[np.int64], *, limit: int) -> Iterator[tuple[slice, Past]]:
        """The last ``limit`` orders before each of ``position``, a chunk of positions at a time."""
        size = max(CHUNK_CELLS // limit, 1)
        for begin in range(0, len(position), size):
            chunk = slice(begin, begin + size)
            rows = position[chunk][:, None] + np.arange(-limit, 0)
            there = rows >= self.first[position[chunk]][:, None]
            yield chunk, Past(np.where(there, rows, 0), there)


@dataclass(frozen=True)
class Past:
    """``rows`` (m, limit), oldest first, and where there is such an order at all."""

    rows: NDArray[np.int64]
    there: NDArray[np.bool_]


def usual_amounts(
    history: GroupedHistory, amount_cents: NDArray[np.int64], position: NDArray[np.int64], *, limit: int
) -> dict[str, NDArray[np.float64]]:
    """An amount compared with the ``limit`` before it, by order statistics, which few outliers can move.

    Logarithms of its ratio to their median and to their ninetieth percentile, and the share of smaller
    ones; NaN where there are fewer than three.
    """
    logs = {name: np.full(len(position), np.nan) for name in ("median", "high", "rank")}
    above_all = np.iinfo(np.int64).max
    for chunk, past in history.pasts(position, limit=limit):
        amounts = np.where(past.there, amount_cents[past.rows], above_all)
        current = amount_cents[position[chunk]]
        smaller = (amounts < current[:, None]).sum(axis=1)
        amounts.sort(axis=1)
        count = past.there.sum(axis=1)
        row, enough = np.arange(len(count)), count >= 3
        log_current = np.log1p(current / 100)
        last = np.maximum(count - 1, 0)
        for name, place in (("median", last // 2), ("high", last * 9 // 10)):
            usual = np.log1p(np.where(enough, amounts[row, place], 0) / 100)
            logs[name][chunk] = np.where(enough, log_current - usual, np.nan)
        logs["rank"][chunk] = np.where(enough, smaller / np.maximum(count, 1), np.nan)
    return logs
