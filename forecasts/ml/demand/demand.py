"""Weekly units of each product for the weeks ahead, as quantiles and means, with planned promotions if known.

Products that sell regularly share one set of boosted trees (a *global* model: Montero-Manso & Hyndman,
"Principles and algorithms for forecasting groups of time series", 2021) for every quantile and the mean,
learned as multiples of the product's own typical week, straight for each lead. Where no promotion is
planned, half of the forecast is plain smoothing, which trees alone did not beat. Rare and new products
have the plain methods of ``intermittent``. Means of a category are moved towards the forecast of the
whole category.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.boosting import BinnedFeatures, TreeConfig, as_text, from_text, raw
from forecasts.ml.demand import intermittent
from forecasts.ml.demand.demand_features import demand_rows
from forecasts.ml.demand.sales_history import (
    LEVELS,
    METHODS,
    WEEKS_AHEAD,
    ProductForecasts,
    SalesHistory,
)
from learning.boosting import lightgbm
from learning.estimator import Progress, read_artefact, silent, write_artefact
from learning.json_types import JsonMapping
from learning.step_texts import FITTED, TREES, StepText

Array = NDArray[np.float64]

BLIND, PLANNED = "blind", "planned"
WINDOWS, MEAN_WINDOWS = (8, 13, 26), (4, 8, 13, 26)
"""Weeks that plain smoothing looks back on, averaged: no single window was best at every time of year."""
SPIKE_LEVEL = 0.9
"""For the smoothed mean a week counts as this quantile of the newest half year at most: spikes pass."""
LEAST_UNITS = 0.1
OUTER = {0.1: 0.08, 0.9: 0.92}
"""What is learned as a product's tenths: levels move after the last week, which past weeks cannot show."""
SEVERAL = {"mean": 2, "0.5": 2}
"""How many sets of trees are averaged, for the two figures that are judged by themselves; else one."""


@dataclass(frozen=True)
class DemandConfig:
    """Chosen on the eight weeks before those that the published figures judge."""

    weeks_ahead: int = WEEKS_AHEAD
    with_trees: bool = True
    """Without: everything is smoothed, which takes next to no time."""
    least_weeks: int = 16
    """Shorter shop histories are smoothed only."""
    regular_units: float = 1.0
    """Mean units a week, over 13, from which a product is forecast by the trees."""
    max_products: int = 600
    """Each past week is learned from its best sellers *then*: those of today sold more than was expected."""
    max_rows: int = 80_000
    smooth_share: float = 0.5
    """The part of plain smoothing in forecasts that know no promotions."""
    median_share: float = 0.3
    """How far the planned mean is drawn to the planned median, which few great weeks do not move."""
    blind_most: float = 2.5
    planned_most: float = 5.0
    """The mean is learned from weeks that count as so many times the usual at most."""
    category_share: float = 0.2
    """How far a category's means are drawn towards the forecast of its total, without promotions."""
    blind: TreeConfig = field(
        default_factory=lambda: TreeConfig(rounds=40, learning_rate=0.1, leaves=7, leaf_rows=200)
    )
    planned: TreeConfig = field(
        default_factory=lambda: TreeConfig(
            rounds=40, learning_rate=0.1, leaves=31, leaf_rows=30, column_share=0.7
        )
    )


class Demand:
    """``trees_`` by "blind:0.5:0", "planned:mean:1" and so on; none after a fit on a short history."""

    name: ClassVar[str] = "demand"

    def __init__(self, config: DemandConfig | None = None) -> None:
        self.config = config or DemandConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        known = dict(parameters)
        for name in (BLIND, PLANNED):
            if name in known:
                known[name] = TreeConfig(**known[name])
        return cls(DemandConfig(**known))

    def fit(self, sales: SalesHistory, /, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Learn from all weeks. Raises ModelFitError on no sales or figures that are not finite."""
        sales.checked()
        self.trees_: dict[str, lightgbm.Booster] = {}
        self.n_promotions_ = 0 if sales.promotions is None else int(sales.promotions.shape[2])
        regular = self._regular(sales.units)
        if not self.config.with_trees or sales.n_weeks < self.config.least_weeks or not regular.any():
            return self
        kinds = (BLIND,) if sales.promotions is None else (BLIND, PLANNED)
        for place, kind in enumerate(kinds):
            progress(place / len(kinds), StepText(TREES, n=place + 1, total=len(kinds)))
            self._fit_trees(sales, kind, rng=rng)
        progress(1.0, FITTED)
        return self

    def forecast(self, sales: SalesHistory, /) -> ProductForecasts:
        """The ``weeks_ahead`` weeks after the last; with promotions planned for them where they are given."""
        sales = sales.with_promotions(self.n_promotions_)
        weeks = self.config.weeks_ahead
        units = sales.units.astype(np.float64)
        means, quantiles, methods = self._plain(units)
        regular = np.flatnonzero(self._regular(sales.units)) if self.trees_ else np.zeros(0, dtype=np.int64)
        planned = np.zeros(means.shape, dtype=bool)
        if len(regular):
            planned[regular] = sales.planned(weeks)[regular]
            means[regular], quantiles[regular] = self._of_regular(sales, regular, planned[regular])
            methods[regular] = METHODS.index("boosted")
        # where promotions are planned the sum of a category is not what it was
        factor = np.where(planned, 1.0, self._category_factors(sales, means))
        means, quantiles = means * factor, quantiles * factor[:, :, None]
        quantiles = np.sort(np.maximum(quantiles, 0.0), axis=2)
        return ProductForecasts(
            products=sales.products,
            first_day=sales.first_day + 7 * sales.n_weeks,
            quantiles=quantiles.astype(np.float32),
            means=np.maximum(means, 0.0).astype(np.float32),
            methods=methods,
        )

    def score(self, sales: SalesHistory, /) -> NDArray[np.float32]:
        """Expected units of the next week, float32 (n_products,), higher = more."""
        return self.forecast(sales).means[:, 0]

    def save(self, path: Path) -> None:
        """Write the artefact folder."""
        arrays: dict[str, NDArray[Any]] = {"n_promotions": np.array([self.n_promotions_])}
        arrays.update(as_text(self.trees_))
        write_artefact(path, name=self.name, parameters=asdict(self.config), arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what ``save`` wrote. Raises ArtefactError."""
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls.from_parameters(parameters)
        boosters = from_text(arrays)
        # "blind:0.5" is that of a version which grew one set of trees for each
        model.trees_ = {key if key.count(":") == 2 else f"{key}:0": trees for key, trees in boosters.items()}
        model.n_promotions_ = int(arrays["n_promotions"][0])
        return model

    def _regular(self, units: NDArray[np.float32]) -> NDArray[np.bool_]:
        if units.shape[1] < 8:
            return np.zeros(len(units), dtype=bool)
        return np.asarray(units[:, -13:].mean(axis=1) >= self.config.regular_units)

    def _of_regular(
        self, sales: SalesHistory, regular: NDArray[np.int64], planned: NDArray[np.bool_]
    ) -> tuple[Array, Array]:
        """Means and quantiles; those of the weeks whose promotions are ``planned`` know them."""
        weeks, share = self.config.weeks_ahead, self.config.smooth_share
        means, quantiles = np.zeros(planned.shape), np.zeros((*planned.shape, len(LEVELS)))
        if not planned.all():
            own_means, own = self._by_trees(sales, regular, BLIND)
            smooth_means, smooth = _smooth(sales.units[regular].astype(np.float64), weeks)
            means = (1 - share) * own_means + share * smooth_means
            quantiles = (1 - share) * own + share * smooth
        rows = np.flatnonzero(planned.any(axis=1))
        if len(rows):
            own_means, own = self._by_trees(sales, regular[rows], PLANNED)
            cells = planned[rows]
            means[rows] = np.where(cells, own_means, means[rows])
            quantiles[rows] = np.where(cells[:, :, None], own, quantiles[rows])
        return means, quantiles

    def _fit_trees(self, sales: SalesHistory, kind: str, *, rng: np.random.Generator) -> None:
        config = self.config.blind if kind == BLIND else self.config.planned
        features, share, level, scale = self._training_rows(sales, kind, rng=rng)
        seeds = iter(rng.integers(0, 2**31 - 1, size=32).tolist())
        binned = BinnedFeatures(features, config=config)

        def fit_trees(what: str, target: Array, objective: str, weights: Array, **extra: Any) -> None:
            for place in range(SEVERAL.get(what, 1)):
                self.trees_[f"{kind}:{what}:{place}"] = binned.fit_trees(
                    target, objective=objective, seed=next(seeds), weights=weights, **extra
                )

        for quantile in LEVELS:
            fit_trees(str(quantile), share, "quantile", level, alpha=OUTER.get(quantile, quantile))
        most = self.config.blind_most if kind == BLIND else self.config.planned_most
        # squared errors in units of the product's own week-to-week change, as they are judged
        fit_trees("mean", np.minimum(share, most), "regression", (level / scale) ** 2)

    def _training_rows(
        self, sales: SalesHistory, kind: str, *, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], Array, Array, Array]:
        """(features, units / level, level, scale) of a sample of past weeks, best sellers and leads."""
        weeks, leads = sales.n_weeks, self.config.weeks_ahead
        past_weeks = range(8, weeks)
        parts: list[tuple[NDArray[np.float32], Array, Array, Array]] = []
        keep = min(1.0, self.config.max_rows / (len(past_weeks) * self.config.max_products * leads))
        for week in past_weeks:
            chosen = self._best_sellers(sales, week)
            rows = demand_rows(sales, week, leads=leads, planned=kind == PLANNED, rows=chosen)
            change = np.diff(sales.units[chosen, :week].astype(np.float64), axis=1)
            scale = np.repeat(np.sqrt((change**2).mean(axis=1)) + 0.5, leads)
            known = np.tile(np.arange(leads), len(chosen)) < weeks - week
            taken = np.flatnonzero(known & (rng.random(len(known)) < keep))
            level = rows.level[taken]
            parts.append((rows.features[taken], rows.units[taken] / level, level, scale[taken]))
        features, share, level, spread = (np.concatenate(column) for column in zip(*parts, strict=True))
        return features, share, level, spread

    def _best_sellers(self, sales: SalesHistory, week: int) -> NDArray[np.int64]:
        """Rows of the products that sold most and regularly before ``week``, rising."""
        regular = np.flatnonzero(self._regular(sales.units[:, :week]))
        totals = sales.units[regular, :week].sum(axis=1)
        return np.sort(regular[np.argsort(-totals, kind="stable")[: self.config.max_products]])

    def _by_trees(self, sales: SalesHistory, chosen: NDArray[np.int64], kind: str) -> tuple[Array, Array]:
        leads = self.config.weeks_ahead
        rows = demand_rows(sales, sales.n_weeks, leads=leads, planned=kind == PLANNED, rows=chosen)
        shape = (len(chosen), leads)

        def average(what: str) -> Array:
            trees = [tree for name, tree in self.trees_.items() if name.startswith(f"{kind}:{what}:")]
            return np.asarray(rows.level * np.mean([raw(tree, rows.features) for tree in trees], axis=0))

        columns = [average(str(level)) for level in LEVELS]
        mean = average("mean")
        if kind == PLANNED:
            mean += self.config.median_share * (columns[LEVELS.index(0.5)] - mean)
        return mean.reshape(shape), np.stack(columns, axis=1).reshape(*shape, len(LEVELS))

    def _plain(self, units: Array) -> tuple[Array, Array, NDArray[np.int8]]:
        """Forecasts of rare sellers fade, new products are smoothed, products never sold get 0."""
        weeks = self.config.weeks_ahead
        recent = units[:, -52:]
        sold = recent.sum(axis=1) > 0
        rare = (recent > 0).mean(axis=1) < 0.5 if recent.shape[1] else np.zeros(len(units), dtype=bool)
        fading = intermittent.teunter_syntetos_babai(recent)
        mean = np.where(rare, fading, intermittent.exponential_smoothing(recent))
        mean = np.where(sold, mean, 0.0)
        spread = intermittent.spread_quantiles(mean, recent, LEVELS)
        kind = np.where(rare, METHODS.index("intermittent"), METHODS.index("smoothing"))
        methods = np.where(sold, kind, METHODS.index("no_sales")).astype(np.int8)
        return np.repeat(mean[:, None], weeks, axis=1), np.repeat(spread[:, None], weeks, axis=1), methods

    def _category_factors(self, sales: SalesHistory, means: Array) -> Array:
        """A category's smoothed total over the sum of its products' forecasts, (n, weeks)."""
        ones = np.ones_like(means)
        if sales.category_codes is None or sales.n_weeks < 8 or self.config.category_share == 0:
            return ones
        codes = sales.category_codes + 1
        size = int(codes.max(initial=0)) + 1
        expected_total = intermittent.exponential_smoothing(sales.category_totals, alpha=0.1)[:, None]
        summed = np.zeros((size, means.shape[1]))
        np.add.at(summed, codes, means)
        ratio = np.divide(
            expected_total, summed, out=np.ones_like(summed), where=(summed > 1e-9) & (expected_total > 0)
        )
        factor = np.clip(ratio, 0.5, 2.0) ** self.config.category_share
        factor[0] = 1.0  # products of no category have nothing in common
        return np.asarray(factor[codes])


def _smooth(units: Array, weeks: int) -> tuple[Array, Array]:
    """The mean and the quantiles of the newest weeks, averaged over several spans, for every week ahead.

    Means are averaged as factors: a product that is fading is nearer to its newest weeks.
    """
    held = np.minimum(units, np.quantile(units[:, -26:], SPIKE_LEVEL, axis=1)[:, None])
    logs = [np.log(held[:, -back:].mean(axis=1) + LEAST_UNITS) for back in MEAN_WINDOWS]
    mean = np.maximum(np.exp(np.mean(logs, axis=0)) - LEAST_UNITS, 0.0)
    spread = np.mean(
        [np.quantile(units[:, -back:], [OUTER.get(q, q) for q in LEVELS], axis=1).T for back in WINDOWS],
        axis=0,
    )
    return np.repeat(mean[:, None], weeks, axis=1), np.repeat(spread[:, None], weeks, axis=1)
