"""Pareto/NBD and Gamma-Gamma as a forecaster: short histories, long horizons, and the tail of every other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members import member_description as describe
from forecasts.ml.members.curves.count_spread import count_quantiles
from forecasts.ml.members.curves.member_curves import TAIL_DAYS
from forecasts.ml.members.curves.to_forecasts import knots_of, to_forecasts
from forecasts.ml.members.gamma_gamma import GammaGamma, fit_gamma_gamma
from forecasts.ml.members.outlook import LEVELS, Outlook, joined
from forecasts.ml.members.pareto_nbd import ParetoNbd, fit_pareto_nbd
from forecasts.ml.members.purchase_history import HORIZONS, LATEST_DAY, MemberForecasts, PurchaseHistory
from learning.estimator import Progress, read_artefact, silent, write_artefact
from learning.json_types import JsonMapping
from learning.step_texts import FITTED

Array = NDArray[np.float64]

DAYS = np.unique(np.rint(np.geomspace(1, LATEST_DAY, 48)))
"""Days at which the chance of having bought is worked out; between them it is interpolated linearly."""


@dataclass(frozen=True)
class ClassicalConfig:
    max_members: int = 30_000
    """More than these add nothing to seven parameters: a sample is fitted."""
    members_at_once: int = 50_000


class Classical:
    """``pareto_`` in weeks, ``spend_`` in the shop's currency."""

    name: ClassVar[str] = "pareto_nbd"
    pareto_: ParetoNbd

    def __init__(self, config: ClassicalConfig | None = None) -> None:
        self.config = config or ClassicalConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        return cls(ClassicalConfig(**parameters))

    def fit(
        self,
        history: PurchaseHistory,
        /,
        *,
        rng: np.random.Generator,
        progress: Progress = silent,
        near: Classical | None = None,
    ) -> Self:
        """Maximum likelihood, found quickly from ``near``, the fit of a day close by.

        Raises ModelFitError on no orders or figures that are not finite.
        """
        history.checked()
        bought = np.flatnonzero(history.counts())
        if len(bought) > self.config.max_members:
            bought = np.sort(rng.choice(bought, size=self.config.max_members, replace=False))
        sample = history.select(bought)
        start = None if near is None else near.pareto_
        self.pareto_ = fit_pareto_nbd(*rhythm(sample), near=start)
        progress(0.8, FITTED)
        paid = sample.amounts > 0
        number, total = _paid(sample)
        payers = number > 0
        self.spend_ = (
            fit_gamma_gamma(number[payers], total[payers] / number[payers])
            if paid.any()
            else GammaGamma(1.0, 2.0, 0.0)
        )
        self.mean_units_ = float((history.units / history.numbers).mean())
        self.orders_a_day_ = float(history.numbers.mean())
        progress(1.0, FITTED)
        return self

    def outlook(
        self, history: PurchaseHistory, horizons: tuple[int, ...], *, quantiles: str = "exact"
    ) -> Outlook:
        """The figures of all members, a batch at a time.

        ``quantiles`` are "exact"; or "matched" in a twentieth of the time, those of the negative binomial
        with the same mean and chance of nothing; or "none": they, waits and ``later``
        are left at 0.
        """
        size = self.config.members_at_once
        starts = range(0, max(len(history), 1), size)
        parts = [history.between(start, start + size) for start in starts]
        return joined([self._outlook(part, horizons, quantiles=quantiles) for part in parts])

    def forecast(
        self, history: PurchaseHistory, /, *, horizons: tuple[int, ...] = HORIZONS
    ) -> MemberForecasts:
        """What is expected of each member of ``history`` from its ``as_of_day`` on."""
        knots = knots_of(horizons)
        outlook = self.outlook(history, knots)
        return to_forecasts(history, outlook, knots=knots, horizons=horizons, mean_units=self.mean_units_)

    def score(self, history: PurchaseHistory, /) -> NDArray[np.float32]:
        """Expected orders of the next 90 days, float32 (n_members,), higher = more."""
        return self.outlook(history, (90,), quantiles="none").orders[:, 0].astype(np.float32)

    def expected_orders(self, history: PurchaseHistory, days: float) -> Array:
        """Mean orders of each member in the next ``days``, (n,)."""
        x, recency, age = rhythm(history)
        alive = self.pareto_.p_alive(x, recency, age)
        return alive * self.pareto_.expected(x, age, days / 7.0) * self._orders_a_day(history)

    def waits(self, history: PurchaseHistory) -> Array:
        """Days to the next order at LEVELS, (n, 3)."""
        x, recency, age = rhythm(history)
        return self._wait_quantiles(x, age, self.pareto_.p_alive(x, recency, age))

    def later(self, history: PurchaseHistory, horizon: int) -> Array:
        """P(an order within) ``horizon``, then each of TAIL_DAYS, (n, 1 + TAIL_DAYS)."""
        x, recency, age = rhythm(history)
        weeks = np.array((horizon, *TAIL_DAYS), dtype=np.float64) / 7.0
        alive = self.pareto_.p_alive(x, recency, age)
        return alive[:, None] * (1.0 - self.pareto_.p_none(x, age, weeks))

    def save(self, path: Path) -> None:
        """Write the artefact folder."""
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=self.arrays())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.restore(arrays)
        return model

    def arrays(self) -> dict[str, Array]:
        """What was learned."""
        pareto, spend = self.pareto_, self.spend_
        return {
            "pareto_nbd": np.array([pareto.r, pareto.alpha, pareto.s, pareto.beta]),
            "gamma_gamma": np.array([spend.p, spend.q, spend.gamma]),
            "means": np.array([self.mean_units_, self.orders_a_day_]),
        }

    def restore(self, arrays: Mapping[str, Array]) -> None:
        """Take what ``arrays`` gave."""
        self.pareto_ = ParetoNbd(*map(float, arrays["pareto_nbd"]))
        self.spend_ = GammaGamma(*map(float, arrays["gamma_gamma"]))
        self.mean_units_, self.orders_a_day_ = map(float, arrays["means"])

    def _outlook(self, history: PurchaseHistory, horizons: tuple[int, ...], *, quantiles: str) -> Outlook:
        x, recency, age = rhythm(history)
        alive = self.pareto_.p_alive(x, recency, age)
        many = self._orders_a_day(history)
        number, total = _paid(history)
        amount = self.spend_.expected_amount(number, total / np.maximum(number, 1.0))
        rate = (self.pareto_.r + x) / (self.pareto_.alpha + age) / 7.0
        weeks = np.array(horizons, dtype=np.float64) / 7.0
        days = np.stack([alive * self.pareto_.expected(x, age, week) for week in weeks], axis=1)
        none = 1.0 - alive[:, None] * (1.0 - self.pareto_.p_none(x, age, weeks))
        shape = (len(x), len(horizons), len(LEVELS))
        counts, waits = np.zeros(shape), np.zeros((len(x), len(LEVELS)))
        later = np.zeros((len(x), 1 + len(TAIL_DAYS)))
        if quantiles != "none":
            for place, week in enumerate(weeks):
                if quantiles == "exact":
                    quantiles_of_days = self._count_quantiles(x, age, alive, week)
                else:
                    quantiles_of_days = count_quantiles(days[:, place], none[:, place], LEVELS)
                counts[:, place] = quantiles_of_days * many[:, None]
            waits = self._wait_quantiles(x, age, alive)
            later = self.later(history, horizons[-1])
        return Outlook(
            orders=days * many[:, None],
            orders_at=counts,
            p_none=none,
            spend=days * amount[:, None],
            spend_at=np.floor(counts) / many[:, None, None] * amount[:, None, None],
            wait_at=waits,
            p_alive=alive,
            rate=rate * many,
            later=later,
        )

    def _orders_a_day(self, history: PurchaseHistory) -> Array:
        return describe.shrunken_means(history, history.numbers, prior=self.orders_a_day_)

    def _count_quantiles(self, x: Array, age: Array, alive: Array, weeks: float) -> Array:
        """Quantiles of the days with an order plus a uniform, (n, 3), by bisection of the distribution."""
        counts = np.zeros((len(x), len(LEVELS)))
        for column, level in enumerate(LEVELS):
            positive = np.flatnonzero(1.0 - alive * (1.0 - self._at_most(x, age, 0.0, weeks)) < level)
            at = np.zeros(len(x))
            at[positive] = self._smallest(x[positive], age[positive], alive[positive], weeks, level)
            upto = 1.0 - alive * (1.0 - self._at_most(x, age, at, weeks))
            below = np.where(at > 0, 1.0 - alive * (1.0 - self._at_most(x, age, at - 1.0, weeks)), 0.0)
            counts[:, column] = at + np.clip(
                (level - below) / np.maximum(upto - below, 1e-12), 0.0, 1.0 - 1e-6
            )
        return counts

    def _at_most(self, x: Array, age: Array, k: Array | float, weeks: float) -> Array:
        return self.pareto_.p_at_most(np.maximum(k, 0.0) + np.zeros_like(x), x, age, weeks)

    def _smallest(self, x: Array, age: Array, alive: Array, weeks: float, level: float) -> Array:
        """The smallest k with P(at most k) >= ``level``, (n,)."""
        low, high = np.zeros(len(x)), np.full(len(x), np.ceil(7.0 * weeks))  # an order a day at most
        while len(x) and (high - low > 1).any():
            middle = np.floor((low + high) / 2)
            enough = 1.0 - alive * (1.0 - self._at_most(x, age, middle, weeks)) >= level
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return high

    def _wait_quantiles(self, x: Array, age: Array, alive: Array) -> Array:
        """Days to the next order at LEVELS given the silence so far, (n, 3); LATEST_DAY for hardly any."""
        bought = alive[:, None] * (1.0 - self.pareto_.p_none(x, age, DAYS / 7.0))
        bought = np.concatenate([np.zeros((len(x), 1)), bought], axis=1)
        days = np.concatenate([[0.0], DAYS])
        columns = []
        for level in LEVELS:
            after = (bought < level).sum(axis=1)  # first place that reaches the level
            reached = after < len(days)
            place = np.clip(after, 1, len(days) - 1)
            rows = np.arange(len(x))
            low, high = bought[rows, place - 1], bought[rows, place]
            part = (level - low) / np.maximum(high - low, 1e-12)
            day = days[place - 1] + part * (days[place] - days[place - 1])
            columns.append(np.where(reached, day, LATEST_DAY))
        return np.stack(columns, axis=1)


def rhythm(history: PurchaseHistory) -> tuple[Array, Array, Array]:
    """(repeat days, recency, age) in weeks, (n,) each; 0, 0, 0 for a member never seen.

    Ages end on the last whole day before the forecast's first.
    """
    bought = history.counts() > 0
    first, last = describe.first_days(history), describe.last_days(history)
    x = np.maximum(history.counts() - 1, 0).astype(np.float64)
    recency = (last - first) / 7.0
    age = np.where(bought, history.as_of_day - 1 - first, 0) / 7.0
    return x, recency, age


def _paid(history: PurchaseHistory) -> tuple[Array, Array]:
    """(days on which something was paid, the sum paid), (n,) each."""
    paid = history.amounts > 0
    number = np.bincount(history.member_rows[paid], minlength=history.n_members).astype(np.float64)
    total = np.bincount(history.member_rows[paid], history.amounts[paid], minlength=history.n_members)
    return number, total.astype(np.float64)
