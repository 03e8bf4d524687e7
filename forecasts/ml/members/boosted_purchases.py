"""Boosted trees for several horizons, each learned where the history is long enough."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.boosting import TreeConfig, as_text, from_text
from forecasts.ml.members.classical import Classical
from forecasts.ml.members.curves.count_spread import count_quantiles
from forecasts.ml.members.curves.to_forecasts import knots_of, to_forecasts
from forecasts.ml.members.horizon_model import HorizonModel
from forecasts.ml.members.outlook import LEVELS, Outlook, joined
from forecasts.ml.members.purchase_history import HORIZONS, SOON_DAYS, MemberForecasts, PurchaseHistory
from forecasts.ml.members.purchase_training import LEAST, known_on, origins, training_rows
from forecasts.ml.members.smooth_base import Linear, LogLinear
from learning.estimator import ModelFitError, Progress, read_artefact, silent, write_artefact
from learning.json_types import JsonMapping
from learning.step_texts import FITTED, HORIZON, StepText

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BoostedConfig:
    """One set for every shop; chosen on days before those that the published figures judge."""

    horizons: tuple[int, ...] = (SOON_DAYS, *HORIZONS)
    most_origins: int = 12
    origin_step_days: int = 7
    span_share: float = 0.5
    """A horizon longer than this share of the shop's history is learned as that share, then stretched."""
    seen_share: float = 0.5
    """A day to learn from has at least this share of the horizon before it."""
    max_members: int = 6_000
    """A larger shop is learned from a sample of its members; all of them are forecast."""
    members_at_once: int = 50_000
    tree: TreeConfig = field(default_factory=TreeConfig)


class BoostedPurchases:
    """``models_`` by the days they were trained for; ``classical_`` gives features and stretches horizons."""

    name: ClassVar[str] = "boosted"

    def __init__(self, config: BoostedConfig | None = None) -> None:
        self.config = config or BoostedConfig()

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """The unfitted model of a stored configuration. Raises TypeError on parameters it does not have."""
        known = dict(parameters)
        tree = TreeConfig(**known.pop("tree", {}))
        horizons = tuple(known.pop("horizons", (SOON_DAYS, *HORIZONS)))
        return cls(BoostedConfig(horizons=horizons, tree=tree, **known))

    def fit(
        self, history: PurchaseHistory, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Learn each horizon that the history is long enough for. Raises ModelFitError if none is."""
        history.checked()
        self.since_day_ = int(history.days.min())
        self.classical_ = Classical().fit(history, rng=rng)
        self.models_: dict[int, HorizonModel] = {}
        wanted = sorted({self.training_days(history, days) for days in self.config.horizons})
        for place, days in enumerate(wanted):
            progress(place / len(wanted), StepText(HORIZON, days=days))
            self._fit_horizon(history, days, rng=rng)
        if not self.models_:
            raise ModelFitError(
                f"the history is too short: {history.as_of_day - self.since_day_} days, 14 are needed"
            )
        progress(1.0, FITTED)
        return self

    def training_days(self, history: PurchaseHistory, days: int) -> int:
        """The days that stand for the horizon ``days`` in training."""
        span = history.as_of_day - int(history.days.min())
        return max(1, min(days, int(span * self.config.span_share)))

    def outlook(self, history: PurchaseHistory, horizons: tuple[int, ...]) -> Outlook:
        """The figures of all members, a batch at a time."""
        size = self.config.members_at_once
        starts = range(0, max(len(history), 1), size)
        return joined([self._outlook(history.between(start, start + size), horizons) for start in starts])

    def forecast(
        self, history: PurchaseHistory, /, *, horizons: tuple[int, ...] = HORIZONS
    ) -> MemberForecasts:
        """What is expected of each member of ``history`` from its ``as_of_day`` on."""
        knots = knots_of(horizons, self.config.horizons)
        outlook = self.outlook(history, knots)
        return to_forecasts(
            history, outlook, knots=knots, horizons=horizons, mean_units=self.classical_.mean_units_
        )

    def score(self, history: PurchaseHistory, /) -> NDArray[np.float32]:
        """Expected orders of the next 90 days, float32 (n_members,), higher = more."""
        return self.forecast(history, horizons=(90,)).expected_orders[:, 0]

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

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learned."""
        arrays: dict[str, NDArray[Any]] = {"since_day": np.array([self.since_day_])}
        arrays.update(self.classical_.arrays())
        for days, model in self.models_.items():
            arrays[f"unit:{days}"] = np.array([model.unit])
            arrays.update({f"linear:{days}:{name}": base.flat() for name, base in model.linear.items()})
            arrays.update({f"logs:{days}:{name}": base.flat() for name, base in model.logs.items()})
            arrays.update(as_text({f"{days}:{name}": trees for name, trees in model.trees.items()}))
        return arrays

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Take what ``arrays`` gave. Raises ArtefactError."""
        self.since_day_ = int(arrays["since_day"][0])
        self.classical_ = Classical()
        self.classical_.restore(arrays)
        self.models_ = {}
        for key, array in arrays.items():
            if key.startswith("unit:"):
                self.models_[int(key[5:])] = HorizonModel(int(key[5:]), unit=float(array[0]))
        for key, array in arrays.items():
            kind, _, rest = key.partition(":")
            days, _, name = rest.partition(":")
            if kind == "linear":
                self.models_[int(days)].linear[name] = Linear.of(array)
            elif kind == "logs":
                self.models_[int(days)].logs[name] = LogLinear.of(array)
        for key, trees in from_text(arrays).items():
            days, name = key.split(":")
            self.models_[int(days)].trees[name] = trees

    def _fit_horizon(self, history: PurchaseHistory, days: int, *, rng: np.random.Generator) -> None:
        config = self.config
        start_days = origins(
            history,
            days=days,
            step=config.origin_step_days,
            most=config.most_origins,
            share=config.seen_share,
        )
        if start_days:
            known, outcome = training_rows(
                history, start_days, days=days, rng=rng, max_members=config.max_members
            )
            self.models_[days] = HorizonModel(days).fit(known, outcome, config=config.tree, rng=rng)

    def _outlook(self, history: PurchaseHistory, horizons: tuple[int, ...]) -> Outlook:
        classical = self.classical_.outlook(history, horizons, quantiles="none")
        made = {days: self._trained(history, days) for days in {self._nearest(days) for days in horizons}}
        columns = []
        for place, days in enumerate(horizons):
            trained = self._nearest(days)
            own = made[trained]
            if trained != days:
                own = self._stretched(history, own, trained, classical, place)
            columns.append(own)
        return Outlook(
            orders=np.concatenate([own.orders for own in columns], axis=1),
            orders_at=np.concatenate([own.orders_at for own in columns], axis=1),
            p_none=np.concatenate([own.p_none for own in columns], axis=1),
            spend=np.concatenate([own.spend for own in columns], axis=1),
            spend_at=np.concatenate([own.spend_at for own in columns], axis=1),
            wait_at=self._waits(history, made),
            p_alive=classical.p_alive,
            rate=classical.rate,
            later=self.classical_.later(history, horizons[-1]),
        )

    def _nearest(self, days: int) -> int:
        """The trained horizon nearest to ``days`` by ratio."""
        return min(self.models_, key=lambda trained: (abs(np.log(trained / days)), trained))

    def _trained(self, history: PurchaseHistory, days: int) -> Outlook:
        known = known_on(history, self.classical_, days=days, since_day=self.since_day_)
        return self.models_[days].predict(known, p_alive=known.features[:, -1].astype(np.float64))

    def _stretched(
        self, history: PurchaseHistory, own: Outlook, trained: int, classical: Outlook, place: int
    ) -> Outlook:
        """From the trained horizon to the requested one, by the ratio that Pareto/NBD gives."""
        short = self.classical_.outlook(history, (trained,), quantiles="none")
        growth = np.maximum(classical.orders[:, place], LEAST) / np.maximum(short.orders[:, 0], LEAST)
        orders = own.orders[:, 0] * growth
        moved = _logit(own.p_none[:, 0]) + _logit(classical.p_none[:, place]) - _logit(short.p_none[:, 0])
        none = 1.0 / (1.0 + np.exp(-moved))
        return Outlook(
            orders=orders[:, None],
            orders_at=count_quantiles(orders, none, LEVELS)[:, None],
            p_none=none[:, None],
            spend=own.spend * growth[:, None],
            spend_at=own.spend_at * growth[:, None, None],
            wait_at=own.wait_at,
            p_alive=own.p_alive,
            rate=own.rate,
            later=own.later,
        )

    def _waits(self, history: PurchaseHistory, made: dict[int, Outlook]) -> Array:
        """From the shortest horizon that a quantile lies within; beyond all of them Pareto/NBD's."""
        waits = self.classical_.waits(history)
        for days in sorted(made, reverse=True):
            own = made[days].wait_at
            waits = np.where(own < 0.97 * days, own, np.maximum(waits, days))
        return waits


def _logit(p: Array) -> Array:
    safe = np.clip(p, 1e-6, 1.0 - 1e-6)
    return np.log(safe) - np.log1p(-safe)
