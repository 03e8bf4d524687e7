"""The Pareto/NBD model of buying until one leaves, with a likelihood that cannot overflow or cancel.

While alive a member buys as a Poisson process of rate λ ~ Gamma(r, α); the member leaves for good at rate
μ ~ Gamma(s, β) (Schmittlein, Morrison & Colombo, "Counting your customers", Management Science 1987; Fader &
Hardie, "A note on deriving the Pareto/NBD model", 2005). The textbook likelihood is a difference of two
hypergeometric functions, which cancel or overflow for long histories. Here the same quantity stays what it
was before it was integrated: a sum of positive terms, "left at τ" for τ between the last order and now, by
Gauss-Legendre quadrature in logarithms. Its gradient is exact, by the same sum.

Everywhere x is the number of repeat orders, ``recency`` the time from the first order to the last, ``age``
the time from the first order to now, all (n,) float64 in one unit of time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from learning.estimator import ModelFitError

Array = NDArray[np.float64]

NODES = 24
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(NODES)
LOG_BOUND = 12.0
"""|log| of a parameter stays below this: e¹² weeks is longer than any history."""
STARTS = ((0.0, 2.0, -0.5, 2.5), (-0.5, 1.0, 0.0, 3.0), (0.5, 3.0, -1.0, 1.5))
MEMBERS_AT_ONCE = 50_000


@dataclass(frozen=True)
class ParetoNbd:
    """Shape r and rate α of the buying rates, shape s and rate β of the leaving rates, all above 0."""

    r: float
    alpha: float
    s: float
    beta: float

    def log_likelihood(self, x: Array, recency: Array, age: Array) -> Array:
        """ln P(x, recency | age) of each member, (n,)."""
        return _terms(np.log(_tuple(self)), x, recency, age)[0]

    def p_alive(self, x: Array, recency: Array, age: Array) -> Array:
        """The probability that the member has not left, (n,) in 0..1."""
        total, alive, _ = _terms(np.log(_tuple(self)), x, recency, age)
        return np.exp(np.minimum(alive - total, 0.0))

    def expected(self, x: Array, age: Array, horizon: float) -> Array:
        """Mean orders in ``horizon`` from now of a member who is alive, (n,)."""
        return (self.r + x) / (self.alpha + age) * self.mean_life(age, horizon)

    def mean_life(self, age: Array, horizon: float) -> Array:
        """Mean time within ``horizon`` before the member leaves, given alive now: ∫ ((β+T)/(β+T+t))^s dt."""
        start = self.beta + age
        grown = np.log1p(horizon / start)
        power = (1.0 - self.s) * grown  # ∫ = start · (e^power - 1) / (1 - s), start · grown at s = 1
        factor = np.where(np.abs(power) < 1e-9, 1.0, np.expm1(power) / np.where(power == 0, 1.0, power))
        return start * grown * factor

    def p_none(self, x: Array, age: Array, horizon: Array) -> Array:
        """P(no order in ``horizon`` | alive now); ``horizon`` (h,) gives (n, h)."""
        shape, rate = self.r + x, self.alpha + age
        columns = []
        for time in horizon:
            leaves, life = self._lives(age, float(time))
            inside = np.exp(-shape[:, None] * np.log1p(life / rate[:, None])) @ (0.5 * _WEIGHTS)
            columns.append(leaves * inside + (1.0 - leaves) * np.exp(-shape * np.log1p(time / rate)))
        return np.stack(columns, axis=1)

    def p_at_most(self, k: Array, x: Array, age: Array, horizon: float) -> Array:
        """P(at most k orders in ``horizon`` | alive now), (n,): over when the member leaves, NB(k)."""
        shape, rate = self.r + x, self.alpha + age
        leaves, life = self._lives(age, horizon)
        inside = _nb_cdf(k[:, None], shape[:, None], rate[:, None], life)
        stays = _nb_cdf(k, shape, rate, np.full_like(rate, horizon))
        return leaves * (inside @ (0.5 * _WEIGHTS)) + (1.0 - leaves) * stays

    def _lives(self, age: Array, horizon: float) -> tuple[Array, Array]:
        """The share who leave within ``horizon``, (n,), and when, (n, NODES): even steps of that share."""
        start = self.beta + age
        leaves = -np.expm1(-self.s * np.log1p(horizon / start))
        share = leaves[:, None] * (0.5 + 0.5 * _POINTS)
        life = start[:, None] * np.expm1(-np.log1p(-share) / self.s)
        return leaves, np.minimum(life, horizon)


def fit_pareto_nbd(
    x: Array, recency: Array, age: Array, *, near: ParetoNbd | None = None, ridge: float = 1e-2
) -> ParetoNbd:
    """Maximum likelihood over members, from the best of a few starts.

    ``near`` is the fit of much the same members, a week before, say: the search begins there, and only there.
    ``ridge`` times the squared logs keeps parameters finite that the data do not determine, as when nobody
    ever came back. Raises ModelFitError on impossible members: recency above age, or x without recency.
    """
    _check(x, recency, age)
    if not len(x):
        raise ModelFitError("there is no member to learn from")
    scale = max(float(age.mean()), 1e-6) / 30.0
    alike, counts = np.unique(np.stack([x, recency, age]), axis=1, return_counts=True)
    data = (alike[0], alike[1] / scale, alike[2] / scale)
    starts = STARTS if near is None else (_logs_within(near, scale),)

    def loss(logs: Array) -> tuple[float, Array]:
        value, gradient = 0.0, np.zeros(4)
        for start in range(0, len(counts), MEMBERS_AT_ONCE):
            part = slice(start, start + MEMBERS_AT_ONCE)
            own = [column[part] for column in data]
            total, _, slopes = _terms(logs, *own, with_gradient=True)
            value -= float(counts[part] @ total)
            gradient -= counts[part] @ slopes
        size = float(counts.sum())
        value, gradient = value + ridge * float(logs @ logs), gradient + 2 * ridge * logs
        return value / size, gradient / size

    bounds = [(-LOG_BOUND, LOG_BOUND)] * 4
    fits = [
        optimize.minimize(loss, np.array(start), jac=True, method="L-BFGS-B", bounds=bounds)
        for start in starts
    ]
    best = min(fits, key=lambda result: result.fun)
    if not np.isfinite(best.fun):
        raise ModelFitError("the Pareto/NBD likelihood has no maximum on these histories")
    r, alpha, s, beta = np.exp(best.x)
    return ParetoNbd(float(r), float(alpha * scale), float(s), float(beta * scale))


def _logs_within(model: ParetoNbd, scale: float) -> Array:
    """Where a search that begins at ``model`` begins: time is counted in ``scale``."""
    logs = np.log(_tuple(model)) - np.array([0.0, np.log(scale), 0.0, np.log(scale)])
    return np.asarray(np.clip(logs, -LOG_BOUND, LOG_BOUND))


def _tuple(model: ParetoNbd) -> Array:
    return np.array([model.r, model.alpha, model.s, model.beta])


def _terms(
    logs: Array, x: Array, recency: Array, age: Array, *, with_gradient: bool = False
) -> tuple[Array, Array, Array]:
    """(ln L, its part of those still alive, d ln L / d logs (n, 4)); all (n,)."""
    r, alpha, s, beta = np.exp(logs)
    shape = r + x
    constant = special.gammaln(shape) - special.gammaln(r) + r * logs[1] + s * logs[3]
    alive = constant - shape * np.log(alpha + age) - s * np.log(beta + age)
    # nodes in v = ln(m + τ): both factors are powers of τ + something, smooth in v
    m = min(alpha, beta)
    low, high = np.log(m + recency), np.log(m + age)
    half = 0.5 * (high - low)[:, None]
    shifted = np.exp(low[:, None] + half * (1.0 + _POINTS))  # m + τ, (n, NODES)
    to_alpha, to_beta = shifted + (alpha - m), shifted + (beta - m)
    log_alpha, log_beta = np.log(to_alpha), np.log(to_beta)
    with np.errstate(divide="ignore"):  # age = recency: the interval is empty, its terms are e^-inf = 0
        log_weight = np.log(half * _WEIGHTS * shifted)
    gone = constant[:, None] + logs[2] - shape[:, None] * log_alpha - (s + 1.0) * log_beta + log_weight
    terms = np.concatenate([alive[:, None], gone], axis=1)  # (n, 1 + NODES)
    most = terms.max(axis=1)  # finite: that of who is still alive always is
    part = np.exp(terms - most[:, None])
    summed = part.sum(axis=1)
    total = most + np.log(summed)
    if not with_gradient:
        return total, alive, np.zeros((0, 4))
    part /= summed[:, None]
    log_alpha = np.concatenate([np.log(alpha + age)[:, None], log_alpha], axis=1)
    log_beta = np.concatenate([np.log(beta + age)[:, None], log_beta], axis=1)
    inverse_alpha = np.concatenate([1.0 / (alpha + age)[:, None], 1.0 / to_alpha], axis=1)
    inverse_beta = np.concatenate([1.0 / (beta + age)[:, None], 1.0 / to_beta], axis=1)
    power = np.concatenate([[s], np.full(NODES, s + 1.0)])
    left = 1.0 - part[:, 0]
    slopes = np.stack(
        [
            r * (special.digamma(shape) - special.digamma(r) + logs[1] - (part * log_alpha).sum(axis=1)),
            r - alpha * shape * (part * inverse_alpha).sum(axis=1),
            s * (logs[3] - (part * log_beta).sum(axis=1)) + left,
            s - beta * (part * inverse_beta * power).sum(axis=1),
        ],
        axis=1,
    )
    return total, alive, slopes


def _nb_cdf(k: Array, shape: Array, rate: Array, time: Array) -> Array:
    """P(Poisson(λ time) <= k), λ ~ Gamma(shape, rate): the regularised incomplete beta function."""
    return np.asarray(special.betainc(shape, k + 1.0, rate / (rate + time)))


def _check(x: Array, recency: Array, age: Array) -> None:
    if not (np.isfinite(x).all() and np.isfinite(recency).all() and np.isfinite(age).all()):
        raise ModelFitError("repeat orders, recency and age must be finite numbers")
    wrong = (x < 0) | (recency < 0) | (recency > age) | ((x > 0) & (recency == 0))
    if wrong.any():
        n = int(wrong.argmax())
        raise ModelFitError(
            f"member {n} cannot be: {x[n]:g} repeat orders, "
            f"the last {recency[n]:g} after the first, age {age[n]:g}"
        )
