"""The member forecasts that are served: Pareto/NBD and boosted trees, weighted by their past errors.

Weights are chosen on the newest stretch of the history, by models that were fitted before it (rolling-origin
validation); there too the 80 % intervals are widened or narrowed until they hold 80 % (split conformal
prediction: Vovk, Gammerman & Shafer, *Algorithmic Learning in a Random World*, 2005), and the chance of no
order is recalibrated (Platt, 1999). The served models are then fitted on everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from forecasts.ml.members.boosted_purchases import BoostedConfig, BoostedPurchases
from forecasts.ml.members.classical import Classical
from forecasts.ml.members.count_spread import count_quantiles
from forecasts.ml.members.outlook import LEVELS, Outlook
from forecasts.ml.members.purchase_history import HORIZONS, MemberForecasts, PurchaseHistory
from forecasts.ml.members.purchase_training import LEAST, Outcome, outcome_after
from forecasts.ml.members.to_forecasts import knots_of, to_forecasts
from learning.estimator import ModelFitError, Progress, part, read_artefact, silent, write_artefact
from learning.metrics.forecasts import pinball, poisson_deviance
from learning.step_texts import FITTED, JUDGED_HORIZON, StepText

Array = NDArray[np.float64]

PARTS = ("orders", "orders_at", "p_none", "spend", "spend_at", "wait_at")
GRID = (0.0, 0.25, 0.5, 0.75, 1.0)
UNJUDGED = 0.5
"""The weight of the trees when the history is too short to judge it."""
USUAL, TRUST, NEAR = 1.0, 0.02, 0.005
"""The trees are usually right; a weight 1 away from that must win by 2 % of the loss. Weights whose losses
differ by half a per cent are about as good: they are averaged, so that chance does not decide."""
STRETCHED = 1 / 3
"""The weight of the blend's own spread beyond what trees were trained for; the rest is Pareto/NBD's."""
NARROWEST, WIDEST = 0.5, 2.5
PLATT_PRIOR = 40.0
"""Members without an order at which a recalibration gets half its weight."""


@dataclass(frozen=True)
class BlendConfig:
    boosted: BoostedConfig = field(default_factory=BoostedConfig)
    validation_share: float = 0.34
    """The newest part of the history that judges, at most; the horizon itself where that is shorter."""
    validation_origins: int = 6


@dataclass(frozen=True, eq=False)
class Mixture:
    """How the two models are joined for one horizon: ``weights`` of the trees, one a name in PARTS."""

    weights: Array
    orders_width: Array  # (2,) factors on the distance of the 10 and the 90 % quantile from the median
    spend_width: Array  # (2,)
    platt: Array  # (2,) shift and slope of the log odds of no order

    @classmethod
    def plain(cls, weight: float) -> Mixture:
        """The same weight for all, nothing recalibrated."""
        one = np.ones(2)
        return cls(np.full(len(PARTS), weight), one, one, np.array([0.0, 1.0]))

    def flat(self) -> Array:
        """All numbers in one row."""
        parts = (self.weights, self.orders_width, self.spend_width, self.platt)
        return np.concatenate(parts)

    @classmethod
    def of(cls, flat: Array) -> Mixture:
        """What ``flat`` gave."""
        n = len(PARTS)
        return cls(flat[:n], *(flat[start : start + 2] for start in range(n, n + 6, 2)))


class MemberBlend:
    """``mixtures_`` by horizon; ``boosted_`` is None where the history is too short for trees."""

    name: ClassVar[str] = "blend"

    def __init__(self, config: BlendConfig | None = None) -> None:
        self.config = config or BlendConfig()

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        known = dict(parameters)
        boosted = BoostedPurchases.from_parameters(known.pop("boosted", {})).config
        return cls(BlendConfig(boosted=boosted, **known))

    def fit(
        self, history: PurchaseHistory, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Judge, then learn from everything. Raises ModelFitError on no orders or figures not finite."""
        history.checked()
        self.classical_ = Classical().fit(history, rng=rng)
        self.mixtures_ = {}
        horizons = self.config.boosted.horizons
        for place, days in enumerate(horizons):
            progress(0.5 * place / len(horizons), StepText(JUDGED_HORIZON, days=days))
            self.mixtures_[days] = self._judged(history, days, rng=rng)
        self.boosted_: BoostedPurchases | None
        try:
            self.boosted_ = BoostedPurchases(self.config.boosted).fit(
                history, rng=rng, progress=part(progress, 0.5, 1.0)
            )
        except ModelFitError:  # too short for trees: Pareto/NBD alone
            self.boosted_ = None
        progress(1.0, FITTED)
        return self

    def forecast(
        self, history: PurchaseHistory, /, *, horizons: tuple[int, ...] = HORIZONS
    ) -> MemberForecasts:
        """What is expected of each member of ``history`` from its ``as_of_day`` on."""
        knots = knots_of(horizons, self.config.boosted.horizons)
        outlook = self.outlook(history, knots)
        return to_forecasts(
            history, outlook, knots=knots, horizons=horizons, mean_units=self.classical_.mean_units_
        )

    def score(self, history: PurchaseHistory, /) -> NDArray[np.float32]:
        """Expected orders of the next 90 days, float32 (n_members,), higher = more."""
        return self.forecast(history, horizons=(90,)).expected_orders[:, 0]

    def outlook(self, history: PurchaseHistory, horizons: tuple[int, ...]) -> Outlook:
        """The figures of all members."""
        classical = self.classical_.outlook(history, horizons, quantiles=self._quantiles())
        if self.boosted_ is None:
            return classical
        boosted = self.boosted_.outlook(history, horizons)
        columns = [self._nearest(days) for days in horizons]
        own = mixed(classical, boosted, columns)
        for place, days in enumerate(horizons):
            if days not in self.boosted_.models_:  # stretched: its spread follows from mean and P(none)
                spread = count_quantiles(own.orders[:, place], own.p_none[:, place], LEVELS)
                own.orders_at[:, place] = _between(classical.orders_at[:, place], spread, STRETCHED)
        return own

    def save(self, path: Path) -> None:
        """Write the artefact folder."""
        arrays: dict[str, NDArray[Any]] = {
            f"mixture:{days}": mixture.flat() for days, mixture in self.mixtures_.items()
        }
        arrays.update(self.classical_.arrays())
        if self.boosted_ is not None:
            arrays.update({f"boosted/{key}": value for key, value in self.boosted_.arrays().items()})
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.classical_ = Classical()
        model.classical_.restore(arrays)
        model.mixtures_ = {
            int(key[8:]): Mixture.of(array) for key, array in arrays.items() if key.startswith("mixture:")
        }
        own = {key[8:]: array for key, array in arrays.items() if key.startswith("boosted/")}
        model.boosted_ = None
        if own:
            model.boosted_ = BoostedPurchases(model.config.boosted)
            model.boosted_.restore(own)
        return model

    def _quantiles(self) -> str:
        return "exact" if self.boosted_ is None else "matched"

    def _nearest(self, days: int) -> Mixture:
        nearest = min(self.mixtures_, key=lambda judged: (abs(np.log(judged / days)), judged))
        return self.mixtures_[nearest]

    def _judged(self, history: PurchaseHistory, horizon: int, *, rng: np.random.Generator) -> Mixture:
        """The mixture that would have forecast the newest days best."""
        span = history.as_of_day - int(history.days.min())
        days = max(1, min(horizon, int(span * self.config.validation_share)))
        past = history.before(history.as_of_day - days)
        known = np.flatnonzero(past.counts())
        if len(known) < 50:
            return Mixture.plain(UNJUDGED)
        if len(known) > self.config.boosted.max_members:
            known = np.sort(rng.choice(known, size=self.config.boosted.max_members, replace=False))
        past = past.select(known)
        settings = asdict(self.config.boosted) | {
            "horizons": (days,),
            "most_origins": self.config.validation_origins,
        }
        try:
            trees = BoostedPurchases.from_parameters(settings).fit(past, rng=rng)
        except ModelFitError:
            return Mixture.plain(UNJUDGED)
        classical = trees.classical_.outlook(past, (days,), quantiles="matched")
        outcome = outcome_after(history.select(known), past.as_of_day, days)
        return judged(classical, trees.outlook(past, (days,)), outcome, days=days, rng=rng)


def mixed(classical: Outlook, boosted: Outlook, mixtures: list[Mixture]) -> Outlook:
    """Both outlooks as one, by the mixture of each column; waits by that of the first."""

    def weight(name: str) -> Array:
        return np.array([mixture.weights[PARTS.index(name)] for mixture in mixtures])

    orders = _between_logs(classical.orders, boosted.orders, weight("orders"))
    spend = _between_logs(classical.spend, boosted.spend, weight("spend"))
    odds = _between(_logit(classical.p_none), _logit(boosted.p_none), weight("p_none"))
    shift, slope = np.stack([mixture.platt for mixture in mixtures], axis=1)
    orders_at = _between(classical.orders_at, boosted.orders_at, weight("orders_at")[:, None])
    spend_at = _between(classical.spend_at, boosted.spend_at, weight("spend_at")[:, None])
    waits = _between(classical.wait_at, boosted.wait_at, weight("wait_at")[:1])
    widths = np.stack([mixture.orders_width for mixture in mixtures])
    money = np.stack([mixture.spend_width for mixture in mixtures])
    return Outlook(
        orders=orders,
        orders_at=_widened(orders_at, widths),
        p_none=1.0 / (1.0 + np.exp(-(shift + slope * odds))),
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


def _between(first: Array, second: Array, weight: Array | float) -> Array:
    return (1.0 - weight) * first + weight * second


def _between_logs(first: Array, second: Array, weight: Array) -> Array:
    """The geometric mean: means of the two differ by factors."""
    one, other = np.log(np.maximum(first, LEAST)), np.log(np.maximum(second, LEAST))
    return np.asarray(np.exp(_between(one, other, weight)))


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


def _platt(none: NDArray[np.bool_], odds: Array) -> Array:
    """Shift and slope of the log odds by maximum likelihood, pulled to (0, 1)."""
    sign = np.where(none, 1.0, -1.0)

    def loss(at: Array) -> float:
        pull = PLATT_PRIOR * ((at[0]) ** 2 + (at[1] - 1.0) ** 2)
        return float(np.logaddexp(0.0, -sign * (at[0] + at[1] * odds)).sum() + pull)

    fitted = optimize.minimize(loss, np.array([0.0, 1.0]), method="Nelder-Mead")
    return np.asarray(fitted.x) if np.isfinite(fitted.fun) else np.array([0.0, 1.0])


def _logit(p: Array) -> Array:
    safe = np.clip(p, 1e-6, 1.0 - 1e-6)
    return np.log(safe) - np.log1p(-safe)
