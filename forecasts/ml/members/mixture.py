"""Pareto/NBD and boosted trees joined for one horizon: weights, widths and recalibrated odds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from forecasts.ml.members.outlook import LEVELS, Outlook
from forecasts.ml.members.purchase_training import LEAST, Outcome
from learning.metrics.forecasts import pinball, poisson_deviance

Array = NDArray[np.float64]

PARTS = ("orders", "orders_at", "p_none", "spend", "spend_at", "wait_at")
GRID = (0.0, 0.25, 0.5, 0.75, 1.0)
USUAL, TRUST, NEAR = 1.0, 0.02, 0.005
"""The trees are usually right; a weight 1 away from that must win by 2 % of the loss. Weights whose losses
differ by half a per cent are about as good: they are averaged, so that chance does not decide."""
NARROWEST, WIDEST = 0.5, 2.5
AS_THEY_ARE = np.array([0.0, 1.0, 0.0, 0.0])
FARTHEST, LEAST_RISE = 4.0, 0.2
"""Log odds beyond these bend no further; before them a recalibration rises at least like this."""
PLATT_PRIOR, BEND_PRIOR = np.array([40.0, 40.0]), np.array([40.0, 400.0])
"""Members without an order at which each number of a recalibration gets half its weight."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """How the two models are joined for one horizon: ``weights`` of the trees, one a name in PARTS."""

    weights: Array
    orders_width: Array  # (2,) factors on the distance of the 10 and the 90 % quantile from the median
    spend_width: Array  # (2,)
    odds: Array  # (4,) shift, slope and two bends of the log odds of no order: see ``recalibrated``

    @classmethod
    def plain(cls, weight: float) -> Mixture:
        """The same weight for all, nothing recalibrated."""
        one = np.ones(2)
        return cls(np.full(len(PARTS), weight), one, one, AS_THEY_ARE)

    def flat(self) -> Array:
        """All numbers in one row."""
        parts = (self.weights, self.orders_width, self.spend_width, self.odds)
        return np.concatenate(parts)

    @classmethod
    def of(cls, flat: Array) -> Mixture:
        """What ``flat`` gave; a row of an earlier version has no bends."""
        n = len(PARTS)
        odds = np.concatenate([flat[n + 4 :], AS_THEY_ARE[len(flat) - n - 4 :]])
        return cls(flat[:n], flat[n : n + 2], flat[n + 2 : n + 4], odds)


def mixed(
    classical: Outlook, boosted: Outlook, mixtures: list[Mixture], *, for_waits: Mixture | None = None
) -> Outlook:
    """Both outlooks as one, by the mixture of each column; waits by ``for_waits``, or that of the first."""

    def weight(name: str) -> Array:
        return np.array([mixture.weights[PARTS.index(name)] for mixture in mixtures])

    orders = _between_logs(classical.orders, boosted.orders, weight("orders"))
    spend = _between_logs(classical.spend, boosted.spend, weight("spend"))
    odds = between(_logit(classical.p_none), _logit(boosted.p_none), weight("p_none"))
    wait = float((for_waits or mixtures[0]).weights[PARTS.index("wait_at")])
    orders_at = between(classical.orders_at, boosted.orders_at, weight("orders_at")[:, None])
    spend_at = between(classical.spend_at, boosted.spend_at, weight("spend_at")[:, None])
    waits = between(classical.wait_at, boosted.wait_at, wait)
    widths = np.stack([mixture.orders_width for mixture in mixtures])
    money = np.stack([mixture.spend_width for mixture in mixtures])
    return Outlook(
        orders=orders,
        orders_at=_widened(orders_at, widths),
        p_none=recalibrated(odds, np.stack([mixture.odds for mixture in mixtures])),
        spend=spend,
        spend_at=_widened(spend_at, money),
        wait_at=waits,
        p_alive=classical.p_alive,
        rate=classical.rate,
        later=classical.later,
    )


def judged(
    classical: Outlook, boosted: Outlook, outcome: Outcome, *, days: int, rng: np.random.Generator
) -> Mixture:
    """The weights with the least loss on the outcome, and the widths and odds that fit it."""
    counts = outcome.orders + rng.random(len(outcome.orders))
    waited = outcome.wait_days < days
    waits = np.where(waited, outcome.wait_days + rng.random(len(counts)), days)
    none = outcome.orders == 0

    def quantile_loss(actual: Array, predicted: Array, most: float = np.inf) -> float:
        kept = np.minimum(predicted, most)
        return sum(pinball(actual, kept[:, k], level=level) for k, level in enumerate(LEVELS))

    def losses(mixture: Mixture) -> Array:
        own = mixed(classical, boosted, [mixture])
        odds = np.clip(own.p_none[:, 0], 1e-6, 1 - 1e-6)
        return np.array(
            [
                poisson_deviance(outcome.orders, np.maximum(own.orders[:, 0], 1e-6)),
                quantile_loss(counts, own.orders_at[:, 0]),
                -float(np.where(none, np.log(odds), np.log1p(-odds)).mean()),
                _tweedie_loss(outcome.spend, own.spend[:, 0]),
                quantile_loss(outcome.spend, own.spend_at[:, 0]),
                quantile_loss(waits, own.wait_at, days),
            ]
        )

    table = np.stack([losses(Mixture.plain(weight)) for weight in GRID])
    least = np.maximum(np.abs(table).min(axis=0), 1e-9)
    excess = (table - table.min(axis=0)) / least + TRUST * (np.array(GRID)[:, None] - USUAL) ** 2
    likely = np.exp(-(excess - excess.min(axis=0)) / NEAR)
    best = (np.array(GRID)[:, None] * likely).sum(axis=0) / likely.sum(axis=0)
    chosen = replace(Mixture.plain(1.0), weights=best)
    own = mixed(classical, boosted, [chosen])
    return Mixture(
        best,
        _widths(counts, own.orders_at[:, 0]),
        _widths(outcome.spend, own.spend_at[:, 0]),
        _platt(none, _logit(own.p_none[:, 0])),
    )


def _tweedie_loss(actual: Array, mean: Array) -> float:
    """The Tweedie deviance of power 1.5 up to a constant: between counts and amounts."""
    root = np.sqrt(np.maximum(mean, 1e-6))
    return float((actual / root + root).mean())


def between(first: Array, second: Array, weight: Array | float) -> Array:
    """``second`` with this weight, ``first`` with the rest."""
    return (1.0 - weight) * first + weight * second


def _between_logs(first: Array, second: Array, weight: Array) -> Array:
    """The geometric mean: means of the two differ by factors."""
    one, other = np.log(np.maximum(first, LEAST)), np.log(np.maximum(second, LEAST))
    return np.asarray(np.exp(between(one, other, weight)))


def _widened(quantiles: Array, width: Array) -> Array:
    """The outer quantiles moved from the median by the factors ``width`` (..., 2)."""
    low, middle, high = np.moveaxis(np.sort(quantiles, axis=-1), -1, 0)
    return np.stack(
        [middle - width[..., 0] * (middle - low), middle, middle + width[..., 1] * (high - middle)], axis=-1
    )


def _widths(actual: Array, quantiles: Array) -> Array:
    """Factors with which a tenth lies below the low and a tenth above the high quantile."""
    low, middle, high = np.sort(quantiles, axis=1).T
    factors = []
    for share, reach, distance in (
        (actual < middle, middle - low, middle - actual),
        (actual > middle, high - middle, actual - middle),
    ):
        usable = share & (reach > 1e-9)
        outside = 0.1 * len(actual)
        if usable.sum() <= outside or len(actual) < 50:
            factors.append(1.0)
            continue
        needed = np.sort(distance[usable] / reach[usable])
        factors.append(float(np.clip(needed[-int(np.ceil(outside))], NARROWEST, WIDEST)))
    return np.array(factors)


def recalibrated(odds: Array, by: Array) -> Array:
    """P(no order) of log odds (n, h), by shift, slope and two bends of each column (h, 4).

    The bends (square and cube) take out what Platt's line leaves: both ends too low and the middle too high.
    """
    moved = (_terms(odds) * by.T[:, None]).sum(axis=0)
    return np.asarray(special.expit(moved))


def _terms(odds: Array) -> Array:
    """1, the odds, their square and their cube, (4, ...)."""
    near = np.clip(odds, -FARTHEST, FARTHEST)
    return np.stack([np.ones_like(odds), odds, near**2, near**3])


def _platt(none: NDArray[np.bool_], odds: Array) -> Array:
    """Shift, slope and bends of the log odds, pulled to (0, 1, 0, 0); more odds never become less.

    The line comes first, and the bends explain what it leaves: members who are all alike have none.
    """
    terms = _terms(odds).T
    line = _likeliest(none, terms[:, :2], np.zeros(len(odds)), at=AS_THEY_ARE[:2], prior=PLATT_PRIOR)
    straight = np.linalg.lstsq(terms[:, :2], terms[:, 2:], rcond=None)[0]  # (2, 2)
    left = terms[:, 2:] - terms[:, :2] @ straight
    bends = _likeliest(none, left, terms[:, :2] @ line, at=AS_THEY_ARE[2:], prior=BEND_PRIOR)
    change = np.concatenate([-straight @ bends, bends])
    return rising(np.concatenate([line, np.zeros(2)]), change)


def _likeliest(none: NDArray[np.bool_], terms: Array, offset: Array, *, at: Array, prior: Array) -> Array:
    """The numbers (k,) of a logistic regression on ``terms`` (n, k), pulled to ``at``; those if it fails."""
    sign = np.where(none, 1.0, -1.0)

    def loss(numbers: Array) -> tuple[float, Array]:
        against, off = sign * (offset + terms @ numbers), numbers - at
        value = float(np.logaddexp(0.0, -against).sum() + prior @ off**2)
        return value, (-sign * special.expit(-against)) @ terms + 2.0 * prior * off

    fitted = optimize.minimize(loss, at, jac=True, method="L-BFGS-B")
    return np.asarray(fitted.x) if np.isfinite(fitted.fun) else at


def rising(line: Array, change: Array) -> Array:
    """A recalibration ``line`` (4,) and as much of ``change`` (4,) as keeps it rising everywhere."""
    odds = np.linspace(-FARTHEST, FARTHEST, 33)
    own = np.array([line[0], max(line[1], LEAST_RISE), 0.0, 0.0])
    slopes = change[1] + 2.0 * change[2] * odds + 3.0 * change[3] * odds**2
    worst = max(float(-slopes.min()), -change[1], 1e-12)  # beyond the farthest only the slope is left
    return np.asarray(own + min((own[1] - LEAST_RISE) / worst, 1.0) * change)


def _logit(p: Array) -> Array:
    safe = np.clip(p, 1e-6, 1.0 - 1e-6)
    return np.log(safe) - np.log1p(-safe)
