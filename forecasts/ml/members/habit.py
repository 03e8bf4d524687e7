"""Forecasts from a member's own rate alone: the baseline beside the deeper models.

Orders are Poisson with a rate that is Gamma over members (Ehrenberg, "The pattern of consumer purchases",
1959): nobody ever leaves, so it expects too much of members who stopped ordering. Closed forms throughout.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members import member_description as describe
from forecasts.ml.members.purchase_history import (
    CHANCE_DAYS,
    HORIZONS,
    LATEST_DAY,
    MemberForecasts,
    PurchaseHistory,
)
from learning.estimator import Progress, read_artefact, silent, write_artefact
from learning.json_types import JsonMapping
from learning.step_texts import FITTED


@dataclass(frozen=True)
class HabitConfig:
    prior_days: float = 60.0
    """The shop's mean rate counts like this many days of a member's own history."""


class Habit:
    """Gamma-Poisson around ``rate_``, the shop's mean orders a member and day."""

    name: ClassVar[str] = "habit"

    def __init__(self, config: HabitConfig | None = None) -> None:
        self.config = config or HabitConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        return cls(HabitConfig(**parameters))

    def fit(
        self, history: PurchaseHistory, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Learn the shop's mean figures. Raises ModelFitError on no orders or figures that are not finite."""
        history.checked()
        counts = history.counts()
        ages = history.as_of_day - describe.first_days(history)
        self.rate_ = float(np.maximum(counts - 1, 0).sum() + 1.0) / float(ages.sum() + self.config.prior_days)
        self.amount_ = float(history.amounts.mean())
        self.units_ = float(history.units.mean())
        progress(1.0, FITTED)
        return self

    def forecast(
        self, history: PurchaseHistory, /, *, horizons: tuple[int, ...] = HORIZONS
    ) -> MemberForecasts:
        """What is expected of each member of ``history`` from its ``as_of_day`` on."""
        from scipy import stats  # takes a second to load, and others of this family do without

        counts = history.counts()
        ages = (history.as_of_day - describe.first_days(history)).astype(np.float64)
        shape = self.rate_ * self.config.prior_days + np.maximum(counts - 1, 0)  # (n,)
        rate = self.config.prior_days + ages
        days, kept = np.array(horizons, dtype=np.float64), np.array(CHANCE_DAYS, dtype=np.float64)
        chance = rate[:, None] / (rate[:, None] + days)  # (n, h)
        orders = stats.nbinom(shape[:, None], chance)
        low, median, high = (orders.ppf(level) for level in (0.1, 0.5, 0.9))
        expected = shape[:, None] * days / rate[:, None]
        amounts = describe.shrunken_means(history, history.amounts, prior=self.amount_)
        baskets = describe.shrunken_means(history, history.units, prior=self.units_)
        waits = [rate * np.expm1(-np.log1p(-level) / shape) for level in (0.1, 0.5, 0.9)]
        top, shares = describe.likely_categories(history)
        codes, values = describe.reasons(history)
        return MemberForecasts(
            members=history.members,
            as_of_day=history.as_of_day,
            horizons=tuple(horizons),
            expected_orders=expected.astype(np.float32),
            median_orders=median.astype(np.float32),
            orders_low=low.astype(np.float32),
            orders_high=high.astype(np.float32),
            orders_interval=np.stack([low, high + 1.0], axis=2).astype(np.float32),
            expected_units=(expected * baskets[:, None]).astype(np.float32),
            basket_size=baskets.astype(np.float32),
            expected_spend=(expected * amounts[:, None]).astype(np.float32),
            median_spend=(median * amounts[:, None]).astype(np.float32),
            spend_low=(low * amounts[:, None]).astype(np.float32),
            spend_high=(high * amounts[:, None]).astype(np.float32),
            p_inactive=orders.pmf(0).astype(np.float32),
            next_order_days=np.minimum(np.stack(waits, axis=1), LATEST_DAY).astype(np.float32),
            p_alive=np.ones(len(history), dtype=np.float32),
            chances=(1.0 - (rate[:, None] / (rate[:, None] + kept)) ** shape[:, None]).astype(np.float32),
            daily_rate=(shape / rate).astype(np.float32),
            categories=history.categories,
            top_categories=top,
            top_category_shares=shares,
            reasons=codes,
            reason_values=values,
        )

    def score(self, history: PurchaseHistory, /) -> NDArray[np.float32]:
        """Expected orders of the next 90 days, float32 (n_members,), higher = more."""
        return self.forecast(history, horizons=(90,)).expected_orders[:, 0]

    def save(self, path: Path) -> None:
        """Write the artefact folder."""
        learned = np.array([self.rate_, self.amount_, self.units_])
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays={"learned": learned})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.rate_, model.amount_, model.units_ = map(float, arrays["learned"])
        return model
