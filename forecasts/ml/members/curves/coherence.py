"""From what models answer for each horizon to one distribution a member; and a check that it is one.

Models of different horizons and quantiles contradict each other in single members. The smallest changes that
end this: chances of the horizons are pooled where they fall (isotonic regression); quantiles of the wait give
the shape between them; the member is alive at least as likely as to order; no horizon adds fewer orders than
first orders, nor more than the member's rate allows; counts and amounts are nothing as often as there is no
order.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members.curves.member_curves import MOST, TAIL_DAYS, MemberCurves
from forecasts.ml.members.outlook import LEVELS, Outlook
from forecasts.ml.members.purchase_history import LATEST_DAY

Array = NDArray[np.float64]

FIRST_WAIT = 0.01
"""No quantile of the wait lies earlier, in days."""
LEAST_ORDERS = 1e-4
SLACK = 2.0
"""Orders after the first grow by at most this many times the member's rate."""
ONE_A_DAY = 1.0


def coherent(outlook: Outlook, knots: tuple[int, ...]) -> tuple[MemberCurves, Outlook]:
    """The members' curves, and the outlook as read from them. ``knots`` are its horizons, rising."""
    chance = np.clip(isotonic(1.0 - outlook.p_none), 0.0, MOST)
    alive = np.clip(np.maximum(outlook.p_alive, chance[:, -1]), 0.0, 1.0)
    days, hazard = _points(outlook, chance, alive, knots)
    nothing = np.zeros((len(alive), len(knots)))
    curves = MemberCurves(days, hazard, alive, knots, nothing)
    mean = np.maximum(outlook.orders, 0.0)
    curves = replace(curves, extra=_extra(curves, np.maximum(mean, chance), outlook.rate))
    orders = chance + curves.extra
    spend = np.maximum(outlook.spend, 0.0) * orders / np.maximum(mean, LEAST_ORDERS)
    counts = _counts(outlook.orders_at, 1.0 - chance)
    paid = np.sort(np.maximum(outlook.spend_at, 0.0), axis=2)
    paid = np.where(counts < 1.0, 0.0, paid)
    return curves, replace(
        outlook,
        orders=orders,
        orders_at=counts,
        p_none=1.0 - chance,
        spend=np.maximum.accumulate(spend, axis=1),
        spend_at=np.maximum.accumulate(paid, axis=1),
        wait_at=curves.waits(LEVELS),
        p_alive=alive,
    )


def isotonic(values: Array) -> Array:
    """The rising rows nearest to ``values`` (n, k) in squares: max over starts of min over ends of means."""
    k = values.shape[1]
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    columns = []
    for place in range(k):
        best = np.full(len(values), -np.inf)
        for start in range(place + 1):
            means = [(sums[:, end] - sums[:, start]) / (end - start) for end in range(place + 1, k + 1)]
            best = np.maximum(best, np.min(means, axis=0))
        columns.append(best)
    return np.stack(columns, axis=1)


def _points(outlook: Outlook, chance: Array, alive: Array, knots: tuple[int, ...]) -> tuple[Array, Array]:
    """The points of the curves: the knots, the quantiles of the wait between them, and the tail."""
    n, fixed = len(alive), np.array([0.0, *knots])
    at_knots = np.concatenate([np.zeros((n, 1)), -np.log1p(-chance)], axis=1)
    waits = np.clip(np.sort(outlook.wait_at, axis=1), FIRST_WAIT, LATEST_DAY)
    levels = -np.log1p(-np.array(LEVELS))
    inner = np.minimum(waits, fixed[-1])
    hazard = np.zeros_like(inner)
    for k in range(len(knots)):
        own = np.clip(levels, at_knots[:, [k]], at_knots[:, [k + 1]])
        hazard = np.where(inner >= fixed[k], own, hazard)
    tail_days, tail = _tail(outlook, chance[:, -1], alive, knots[-1])
    days = np.concatenate([np.broadcast_to(fixed, (n, len(fixed))), inner], axis=1)
    hazard = np.concatenate([at_knots, hazard], axis=1)
    order = np.argsort(days, axis=1, kind="stable")
    days = np.concatenate([np.take_along_axis(days, order, axis=1), tail_days], axis=1)
    hazard = np.concatenate([np.take_along_axis(hazard, order, axis=1), tail], axis=1)
    return days, np.maximum.accumulate(hazard, axis=1)


def _tail(outlook: Outlook, last: Array, alive: Array, horizon: int) -> tuple[Array, Array]:
    """Beyond the last knot the rest up to ``alive`` is shared out as Pareto/NBD shares out its own."""
    here, later = outlook.later[:, :1], outlook.later[:, 1:]
    part = np.clip((later - here) / np.maximum(outlook.p_alive[:, None] - here, 1e-9), 0.0, 1.0)
    chance = last[:, None] + np.maximum(alive - last, 0.0)[:, None] * np.maximum.accumulate(part, axis=1)
    days = np.maximum(np.array(TAIL_DAYS, dtype=np.float64), horizon)
    return np.broadcast_to(days, chance.shape), -np.log1p(-np.minimum(chance, MOST))


def _extra(curves: MemberCurves, mean: Array, rate: Array) -> Array:
    """Orders after the first within each knot: rising, and no faster than the member orders.

    That is Pareto/NBD's rate of the member, or what a shorter horizon says a day, whichever is more. Within
    the shortest horizon they are one a day, at most.
    """
    knots = curves.knots
    time = np.stack([curves.since_first(day) for day in (0, *knots)], axis=1)
    own = np.stack([curves.chance(day) for day in knots], axis=1)
    most = own[:, 0] * knots[0] * np.maximum(SLACK * rate, ONE_A_DAY)
    pace, columns = rate, [np.clip(mean[:, 0] - own[:, 0], 0.0, most)]
    for k in range(1, len(knots)):
        pace = np.maximum(pace, (own[:, k - 1] + columns[-1]) / knots[k - 1])
        most = columns[-1] + SLACK * pace * (time[:, k + 1] - time[:, k])
        columns.append(np.clip(mean[:, k] - own[:, k], columns[-1], most))
    return np.stack(columns, axis=1)


def _counts(orders_at: Array, p_none: Array) -> Array:
    """Quantiles of the count plus a uniform that are below 1 exactly where no order is as likely."""
    counts = np.sort(np.maximum(orders_at, 0.0), axis=2)
    none, levels = np.maximum(p_none, 1e-12)[:, :, None], np.array(LEVELS)
    counts = np.where(levels < none, np.minimum(levels / none, 1.0 - 1e-6), np.maximum(counts, 1.0))
    rising = np.maximum.accumulate(counts, axis=1)
    return np.where(counts < 1.0, counts, rising)
