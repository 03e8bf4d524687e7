"""The member forecasts that are served: Pareto/NBD and boosted trees, weighted by their past errors.

Weights are chosen on the newest stretch of the history, by models that were fitted before it (rolling-origin
validation); there too the 80 % intervals are widened or narrowed until they hold 80 % (split conformal
prediction: Vovk, Gammerman & Shafer, *Algorithmic Learning in a Random World*, 2005), and the chance of no
order is recalibrated (Platt, 1999). The served models are then fitted on everything.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members.boosted_purchases import BoostedConfig, BoostedPurchases
from forecasts.ml.members.classical import Classical
from forecasts.ml.members.curves.count_spread import count_quantiles
from forecasts.ml.members.curves.to_forecasts import knots_of, to_forecasts
from forecasts.ml.members.mixture import Mixture, between, judged, mixed
from forecasts.ml.members.outlook import LEVELS, Outlook, joined
from forecasts.ml.members.purchase_history import HORIZONS, MemberForecasts, PurchaseHistory
from forecasts.ml.members.purchase_training import Outcome, all_of, outcome_after
from learning.estimator import ModelFitError, Progress, part, read_artefact, silent, write_artefact
from learning.json_types import JsonMapping
from learning.step_texts import FITTED, JUDGED_HORIZON, StepText

FEWEST_JUDGED = 50
UNJUDGED = 0.5
"""The weight of the trees when the history is too short to judge it."""
STRETCHED = 1 / 3
"""The weight of the blend's own spread beyond what trees were trained for; the rest is Pareto/NBD's."""
WAITS_LIKE = 30
"""Days: the weight of the waits is that of the horizon nearest to this."""


@dataclass(frozen=True)
class BlendConfig:
    boosted: BoostedConfig = field(default_factory=BoostedConfig)
    validation_share: float = 0.34
    """The newest part of the history that judges, at most; the horizon itself where that is shorter."""
    validation_origins: int = 6
    judged_days: int = 35
    """A shorter horizon is judged on as many windows as fit into these: one week may be like no other."""


class MemberBlend:
    """``mixtures_`` by horizon; ``boosted_`` is None where the history is too short for trees."""

    name: ClassVar[str] = "blend"

    def __init__(self, config: BlendConfig | None = None) -> None:
        self.config = config or BlendConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
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
        own = mixed(classical, boosted, columns, for_waits=self._nearest(WAITS_LIKE))
        for place, days in enumerate(horizons):
            if days not in self.boosted_.models_:  # stretched: its spread follows from mean and P(none)
                spread = count_quantiles(own.orders[:, place], own.p_none[:, place], LEVELS)
                own.orders_at[:, place] = between(classical.orders_at[:, place], spread, STRETCHED)
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
        """The mixture that would have forecast the newest days best; of a short horizon, the newest weeks."""
        span = history.as_of_day - int(history.days.min())
        days = max(1, min(horizon, int(span * self.config.validation_share)))
        windows = max(1, min(self.config.judged_days, int(span * self.config.validation_share)) // days)
        begins = [history.as_of_day - days * back for back in range(windows, 0, -1)]
        past = history.before(begins[0])
        known = np.flatnonzero(past.counts())
        if len(known) < FEWEST_JUDGED:
            return Mixture.plain(UNJUDGED)
        if len(known) > self.config.boosted.max_members:
            known = np.sort(rng.choice(known, size=self.config.boosted.max_members, replace=False))
        members = history.select(known)
        settings = asdict(self.config.boosted) | {
            "horizons": (days,),
            "most_origins": self.config.validation_origins,
        }
        try:
            trees = BoostedPurchases.from_parameters(settings).fit(past.select(known), rng=rng)
        except ModelFitError:
            return Mixture.plain(UNJUDGED)
        classical, boosted, outcomes = [], [], []
        for begin in begins:
            then = members.before(begin)
            classical.append(trees.classical_.outlook(then, (days,), quantiles="matched"))
            boosted.append(trees.outlook(then, (days,)))
            outcomes.append(outcome_after(members, begin, days))
        return judged(joined(classical), joined(boosted), all_of(Outcome, outcomes), days=days, rng=rng)
