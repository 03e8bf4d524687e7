"""Ways to hold data back, so that a model is judged on what it could not have seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.interactions import SECONDS_PER_DAY


@dataclass(frozen=True)
class LastOut:
    """Row numbers, int64, of the entries in each part; the four parts cover every entry once."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    short: NDArray[np.int64]
    """Entries of members with fewer than three: they can train a model, but not judge it."""


def leave_last_out(member_rows: NDArray[np.int64], timestamps: NDArray[np.int64]) -> LastOut:
    """Each member's newest entry is the test, the one before it the validation, all others train.

    Equal times keep the order in which they are given. Members with fewer than three entries are
    ``short``. (Kang & McAuley 2018 use the same split.)
    """
    order = np.lexsort((np.arange(len(timestamps)), timestamps, member_rows))
    sorted_members = member_rows[order]
    ends = np.flatnonzero(np.diff(sorted_members, append=-1))
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    long_enough = ends - starts >= 2
    part = np.zeros(len(order), dtype=np.int8)
    part[np.repeat(~long_enough, ends - starts + 1)] = 3
    part[ends[long_enough]] = 2
    part[ends[long_enough] - 1] = 1
    return LastOut(order[part == 0], order[part == 1], order[part == 2], order[part == 3])


def split_at(
    timestamps: NDArray[np.int64], *, cut: int, horizon_seconds: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks (before the cut, from the cut to its horizon), both (n,) bool. The cut itself is after."""
    before = timestamps < cut
    return before, ~before & (timestamps < cut + horizon_seconds)


def rolling_cuts(*, first_cut: int, horizon_days: int, folds: int) -> list[int]:
    """Seconds of each fold's cut: fold k lies k horizons after the first."""
    return [first_cut + k * horizon_days * SECONDS_PER_DAY for k in range(folds)]
