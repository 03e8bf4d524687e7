"""Weekly units of each product for the weeks ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from learning.estimator import Progress, read_artefact, silent, write_artefact
from membership.ml.sales_history import LEVELS, METHODS, WEEKS_AHEAD, ProductForecasts, SalesHistory


@dataclass(frozen=True)
class DemandConfig:
    weeks_ahead: int = WEEKS_AHEAD
    recent_weeks: int = 8


class Demand:
    """For now a negative binomial around the mean of the recent weeks."""

    name: ClassVar[str] = "demand"

    def __init__(self, config: DemandConfig | None = None) -> None:
        self.config = config or DemandConfig()

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        return cls(DemandConfig(**parameters))

    def fit(self, sales: SalesHistory, /, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Learn from all weeks. Raises ModelFitError on no sales or figures that are not finite."""
        sales.checked()
        recent = sales.units[:, -self.config.recent_weeks :].astype(np.float64)
        mean, variance = recent.mean(axis=1), recent.var(axis=1)
        sold = mean > 0
        excess = float(np.maximum(variance - mean, 0.0)[sold].sum())
        self.dispersion_ = max(excess / float((mean[sold] ** 2).sum()), 0.05) if sold.any() else 1.0
        progress(1.0, "demand")
        return self

    def forecast(self, sales: SalesHistory, /) -> ProductForecasts:
        """The ``weeks_ahead`` weeks after the history's last."""
        recent = sales.units[:, -self.config.recent_weeks :].astype(np.float64)
        mean = recent.mean(axis=1)
        size = 1.0 / self.dispersion_
        found = stats.nbinom.ppf(np.array(LEVELS), size, (size / (size + mean))[:, None])
        quantiles = np.repeat(found[:, None, :], self.config.weeks_ahead, axis=1)
        methods = np.where(mean > 0, METHODS.index("smoothing"), METHODS.index("no_sales"))
        return ProductForecasts(
            products=sales.products,
            first_day=sales.first_day + 7 * sales.n_weeks,
            quantiles=quantiles.astype(np.float32),
            means=np.repeat(mean[:, None], self.config.weeks_ahead, axis=1).astype(np.float32),
            methods=methods.astype(np.int8),
        )

    def score(self, sales: SalesHistory, /) -> NDArray[np.float32]:
        """Expected units of the next week, float32 (n_products,), higher = more."""
        return self.forecast(sales).means[:, 0]

    def save(self, path: Path) -> None:
        """Write the artefact folder."""
        arrays = {"dispersion": np.array([self.dispersion_])}
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        model.dispersion_ = float(arrays["dispersion"][0])
        return model
