"""One distribution a member: the chance of a next order by day, and the orders expected by day.

``chance`` F(t) is the probability of an order within t days. It never falls, and never passes ``alive``: with
the rest of the probability the member does not come back at all. It is kept as its cumulative hazard
-ln(1 - F) at a few days of each member's own, and is linear between them. Orders are the first and those that
follow it: M(t) = F(t) + E(t), where E grows with A(t), the mean time that has passed within t days since the
first of them. So M never falls, and is never below F. Whatever a forecast shows is read from here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members.purchase_history import LATEST_DAY

Array = NDArray[np.float64]

TAIL_DAYS = (545, 730, 1_095, 1_825, LATEST_DAY)
"""Beyond the longest horizon the chance follows Pareto/NBD's at these days."""
MOST = 1.0 - 1e-9
"""No chance is larger: a hazard stays finite."""


@dataclass(frozen=True, eq=False)
class MemberCurves:
    """n members; their points are sorted by day, and begin with (0, 0)."""

    days: Array  # (n, p)
    hazard: Array  # (n, p) cumulative, rising
    alive: Array  # (n,) the chance that the member has not left for good; at least every ``chance``
    knots: tuple[int, ...]
    extra: Array  # (n, k) orders after the first that are expected within each knot, rising

    def chance(self, day: float) -> Array:
        """P(an order within ``day`` days), (n,)."""
        return -np.expm1(-self._hazard(day))

    def waits(self, levels: tuple[float, ...]) -> Array:
        """The day on which the chance reaches each level, (n, levels); LATEST_DAY where it never does."""
        columns = []
        for level in levels:
            wanted = -np.log1p(-level)
            after = np.clip((self.hazard < wanted).sum(axis=1), 1, self.days.shape[1] - 1)
            day = _line(self.hazard, self.days, after, np.full(len(after), wanted))
            reached = self.hazard[:, -1] >= wanted
            columns.append(np.where(reached, np.minimum(day, LATEST_DAY), LATEST_DAY))
        return np.stack(columns, axis=1) if columns else np.zeros((len(self.days), 0))

    def since_first(self, day: float) -> Array:
        """A: the mean days between the first order and ``day``, 0 without one, (n,)."""
        begin = np.minimum(self.days, day)
        length = np.diff(begin, axis=1)
        whole = np.maximum(np.diff(self.days, axis=1), 1e-12)
        rise = np.diff(self.hazard, axis=1) * (length / whole)
        silent = length * np.exp(-self.hazard[:, :-1]) * _mean_of_fall(rise)
        return np.asarray(np.maximum(begin[:, -1] - silent.sum(axis=1), 0.0))

    def orders(self, day: float) -> Array:
        """M: the mean orders within ``day`` days, (n,)."""
        time = np.stack([self.since_first(knot) for knot in (0, *self.knots)], axis=1)
        extra = np.concatenate([np.zeros((len(time), 1)), self.extra], axis=1)
        at = self.since_first(day)
        after = np.clip((time < at[:, None]).sum(axis=1), 1, time.shape[1] - 1)
        return np.asarray(self.chance(day) + np.maximum(_line(time, extra, after, at), 0.0))

    def _hazard(self, day: float) -> Array:
        after = np.clip((self.days < day).sum(axis=1), 1, self.days.shape[1] - 1)
        inside = np.minimum(day, self.days[:, -1])
        return np.maximum(_line(self.days, self.hazard, after, inside), 0.0)


def _line(x: Array, y: Array, after: NDArray[np.int64], at: Array) -> Array:
    """y at ``at`` on each row's line through the points before and at ``after``."""
    rows = np.arange(len(x))
    low, high = x[rows, after - 1], x[rows, after]
    first, second = y[rows, after - 1], y[rows, after]
    return first + (second - first) * (at - low) / np.maximum(high - low, 1e-12)


def _mean_of_fall(rise: Array) -> Array:
    """(1 - e^-rise) / rise: the mean of e^-h while h goes from 0 to ``rise``."""
    safe = np.where(rise > 1e-9, rise, 1.0)
    return np.where(rise > 1e-9, -np.expm1(-safe) / safe, 1.0)
