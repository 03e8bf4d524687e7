"""The Gamma-Gamma model of what a member pays in an order: the member's mean, shrunk to the mean of all.

Each order's amount is Gamma(p, ν), ν ~ Gamma(q, γ) over members, whatever their rate of buying (Fader &
Hardie, "The Gamma-Gamma model of monetary value", 2013). Its mean p γ / (q - 1) is infinite for q <= 1, the
fault on which free fits end; q is kept above 1 here by its own coordinate, ln(q - 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from learning.estimator import ModelFitError

Array = NDArray[np.float64]
LOG_BOUND = 12.0


@dataclass(frozen=True)
class GammaGamma:
    """p and q without unit, γ (``gamma``) in money; q > 1."""

    p: float
    q: float
    gamma: float

    @property
    def mean(self) -> float:
        """The mean amount of an order of a member without orders."""
        return self.p * self.gamma / (self.q - 1.0)

    def expected_amount(self, orders: Array, mean_amount: Array) -> Array:
        """Each member's mean amount of an order to come, (n,), given ``orders`` >= 0 so far."""
        own = self.p * orders / (self.p * orders + self.q - 1.0)
        return own * np.where(orders > 0, mean_amount, 0.0) + (1.0 - own) * self.mean


def fit_gamma_gamma(orders: Array, mean_amount: Array, *, ridge: float = 1e-2) -> GammaGamma:
    """Maximum likelihood over members with ``orders`` >= 1 of a positive ``mean_amount``, both (n,).

    Where amounts do not vary (all equal, one member) the ridge decides, and all members get about the mean.
    Raises ModelFitError on none, or figures that are not finite and positive.
    """
    if not len(orders):
        raise ModelFitError("no member has paid anything: there is no amount to learn from")
    if not (np.isfinite(orders).all() and np.isfinite(mean_amount).all()):
        raise ModelFitError("orders and amounts must be finite numbers")
    if (orders < 1).any() or (mean_amount <= 0).any():
        raise ModelFitError("amounts are learned from members with orders of a positive amount only")
    scale = float(np.exp(np.average(np.log(mean_amount), weights=orders)))
    z = mean_amount / scale

    def loss(logs: Array) -> tuple[float, Array]:
        p, q, gamma = np.exp(logs[0]), 1.0 + np.exp(logs[1]), np.exp(logs[2])
        px = p * orders
        denominator = gamma + orders * z
        total = (
            special.gammaln(px + q)
            - special.gammaln(px)
            - special.gammaln(q)
            + q * logs[2]
            + (px - 1.0) * np.log(z)
            + px * np.log(orders)
            - (px + q) * np.log(denominator)
        )
        both = special.digamma(px + q)
        by_p = orders * (both - special.digamma(px) + np.log(z) + np.log(orders) - np.log(denominator))
        by_q = both - special.digamma(q) + logs[2] - np.log(denominator)
        by_gamma = q / gamma - (px + q) / denominator
        gradient = np.array([by_p.mean() * p, by_q.mean() * (q - 1.0), by_gamma.mean() * gamma])
        pull = ridge / len(orders)
        return float(-total.mean() + pull * logs @ logs), -gradient + 2 * pull * logs

    bounds = [(-LOG_BOUND, LOG_BOUND)] * 3
    fits = [
        optimize.minimize(loss, np.array(start), jac=True, method="L-BFGS-B", bounds=bounds)
        for start in ((0.5, 1.0, 1.0), (2.0, 1.0, 0.0))
    ]
    best = min(fits, key=lambda result: result.fun)
    if not np.isfinite(best.fun):
        raise ModelFitError("the Gamma-Gamma likelihood has no maximum on these amounts")
    return GammaGamma(
        float(np.exp(best.x[0])), float(1.0 + np.exp(best.x[1])), float(np.exp(best.x[2]) * scale)
    )
