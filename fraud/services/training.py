"""Retraining: which model ranks the newest mature weeks best, then that one on everything."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from fraud.features import PreparedOrders, ShopOrders, load_orders
from fraud.services.policies.policy import REVIEWS_PER_DAY, choose_thresholds
from learning.estimator import ArtefactError, ModelFitError, Progress, load_estimator, part
from learning.json_types import JsonMapping, JsonObject
from registry.families import Candidate, UnknownFamily, estimator_class
from registry.models import ModelVersion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fraud.ml.orders.labelling import HoldOut, Labelled
    from fraud.ml.orders.sequences import TransactionSequences

logger = logging.getLogger(__name__)
FAMILY = "fraud"
SEED = 20_260_302
TWIN = "twin"
BLEND = "blend"
MEMBER = "lstm_member"
LIGHT_TREES, LIGHT_GENUINE_PER_FRAUD = 150, 15


@dataclass(frozen=True)
class WithTwin:
    """The model to serve, and the same kind of model that has not seen the held-out weeks.

    The next retrain judges its own candidate against this twin, on weeks newer than both have seen. The
    served model itself knows the labels of those weeks, so its figures there would be too good.
    """

    served: Any
    twin: Any

    @property
    def name(self) -> str:
        return str(self.served.name)

    def save(self, path: Path) -> None:
        self.served.save(path)
        self.twin.save(path / TWIN)


@dataclass(frozen=True)
class Trial:
    """One model on the held-out weeks: its scores there, and the figures."""

    estimator: Any
    probability: NDArray[np.float32]
    figures: JsonObject


class Trials(Protocol):
    """Fits the models that compete on ``split.train``, and tries them on ``split.test``."""

    def __call__(
        self, orders: ShopOrders, sequences: TransactionSequences, split: HoldOut, /, *, progress: Progress
    ) -> dict[str, Trial]: ...


def train_candidate(progress: Progress) -> Candidate:
    """Compare the models as they would have been when the held-out weeks began; refit the best on all labels.

    Raises ModelFitError when too few frauds are known.
    """
    return _candidate(progress, trials=_trials)


def train_light_candidate(progress: Progress) -> Candidate:
    """Boosted trees on a sample, judged in the same way: a first version within seconds.

    Raises ModelFitError when too few frauds are known.
    """
    return _candidate(progress, trials=_light_trial)


def _candidate(progress: Progress, *, trials: Trials) -> Candidate:
    progress(0.0, _("reading orders"))
    as_of = timezone.now()
    orders = load_orders()
    if not len(orders):
        message = gettext_noop("There are no orders to learn from; import orders and labels first.")
        raise ModelFitError(message)
    return candidate_from(orders, as_of=as_of, progress=progress, trials=trials)


def candidate_from(
    orders: ShopOrders, *, as_of: datetime, progress: Progress, trials: Trials | None = None
) -> Candidate:
    """``trials`` fits the models that compete, all of them unless told."""
    from fraud.ml.orders.labelling import hold_out, labelled_at

    split = hold_out(orders.columns, as_of=int(as_of.timestamp()))
    progress(0.1, _("computing features"))
    sequences = orders.sequences()
    tried = (trials or _trials)(orders, sequences, split, progress=part(progress, 0.15, 0.5))
    best = max(tried, key=lambda name: tried[name].figures["average_precision"])
    progress(0.5, _("judging the live version"))
    live_score = _live_score(sequences, split)
    labelled = labelled_at(orders.columns, as_of=int(as_of.timestamp()))
    config = tried[best].estimator.config
    served = _fit(best, orders, sequences, labelled, progress=part(progress, 0.5, 1.0), config=config)
    thresholds = choose_thresholds(
        is_fraud=split.test.is_fraud, probability=tried[best].probability, days=split.days
    )
    return Candidate(
        estimator=WithTwin(served, tried[best].estimator),  # type: ignore[arg-type]  # only saved
        score=tried[best].figures["average_precision"],
        live_score=live_score,
        parameters={
            "config": asdict(served.config),
            "seed": SEED,
            "thresholds": thresholds.as_parameters(),
            "reviews_per_day": REVIEWS_PER_DAY,
        },
        metrics={
            "figure": "average_precision",
            "models": {name: trial.figures for name, trial in tried.items()},
            "held_out": _window(split),
            "training_orders": len(labelled.rows),
            "training_frauds": int(labelled.is_fraud.sum()),
            "labels_by_review": _reviewed(),
        },
        data_from=_moment(orders.columns.placed_at.min()),
        data_until=_moment(orders.columns.placed_at.max()),
        data_fingerprint=fingerprint(orders),
        for_write_back=PreparedOrders(orders, sequences),
    )


def fingerprint(orders: ShopOrders) -> str:
    """Sixty-four hex digits that change with any order, amount or label."""
    digest = hashlib.sha256()
    columns = orders.columns
    for values in (
        orders.ids,
        columns.placed_at,
        columns.amount_cents,
        columns.is_fraud,
        columns.label_known_at,
    ):
        digest.update(values.tobytes())
    return digest.hexdigest()


def _trials(
    orders: ShopOrders, sequences: TransactionSequences, split: HoldOut, *, progress: Progress
) -> dict[str, Trial]:
    """The blend and each of its parts, all from one fit, and the LSTM that reads the member's orders alone.

    That one is best where orders of the same store say little, as in the demo shop.
    """
    blend = _fit(BLEND, orders, sequences, split.train, progress=part(progress, 0.0, 0.5))
    member = _fit(MEMBER, orders, sequences, split.train, progress=part(progress, 0.5, 1.0))
    models = {**blend.parts_, MEMBER: member, BLEND: blend}
    return {name: _tried(model, orders, sequences, split) for name, model in models.items()}


def _light_trial(
    orders: ShopOrders, sequences: TransactionSequences, split: HoldOut, *, progress: Progress
) -> dict[str, Trial]:
    """Few trees on every known fraud and a few genuine orders for each."""
    from fraud.ml.models.boosted_trees import BoostedTrees, TreesConfig

    config = TreesConfig(trees=LIGHT_TREES, genuine_per_fraud=LIGHT_GENUINE_PER_FRAUD)
    model = _fit(BoostedTrees.name, orders, sequences, split.train, progress=progress, config=config)
    return {model.name: _tried(model, orders, sequences, split)}


def _tried(estimator: Any, orders: ShopOrders, sequences: TransactionSequences, split: HoldOut) -> Trial:
    import numpy as np

    from learning.metrics import detection as metrics

    rows, bad = split.test.rows, split.test.is_fraud
    probability = estimator.score(sequences.select(rows))
    day = orders.columns.placed_at[rows] // 86_400
    precision, recall = metrics.at_capacity(bad, probability, day=day, per_day=REVIEWS_PER_DAY)
    figures = {
        "average_precision": metrics.average_precision(bad, probability),
        "auc_roc": metrics.auc_roc(bad, probability),
        "card_precision@100": metrics.card_precision_at_k(
            bad, probability, member=orders.columns.member[rows], day=day
        ),
        "brier": metrics.brier(bad, probability),
        "precision_at_capacity": precision,
        "recall_at_capacity": recall,
    }
    return Trial(
        estimator, probability, {key: None if np.isnan(value) else value for key, value in figures.items()}
    )


def _fit(
    name: str,
    orders: ShopOrders,
    sequences: TransactionSequences,
    labelled: Labelled,
    *,
    progress: Progress,
    config: Any = None,
) -> Any:
    """The model of this name, with ``config`` or else its defaults, fitted on the ``labelled`` orders."""
    import numpy as np

    from fraud.ml.model_list import fraud_model
    from fraud.ml.orders.training_data import LabelledSequences

    rows = labelled.rows
    data = LabelledSequences(sequences.select(rows), labelled.is_fraud, orders.columns.placed_at[rows])
    return fraud_model(name, config).fit(data, rng=np.random.default_rng(SEED), progress=progress)


def _live_score(sequences: TransactionSequences, split: HoldOut) -> float | None:
    """The live version's twin on the same weeks; None without one that can be loaded."""
    from learning.metrics.detection import average_precision

    version = ModelVersion.objects.live(FAMILY).first()
    if version is None:
        return None
    try:
        cls = estimator_class(family=FAMILY, estimator=version.estimator)
        twin = load_estimator(cls, version.artefact / TWIN)
    except (ArtefactError, UnknownFamily):
        logger.warning("%s cannot be compared: its twin cannot be loaded", version, exc_info=True)
        return None
    return average_precision(split.test.is_fraud, twin.score(sequences.select(split.test.rows)))


def _reviewed() -> int:
    """How many labels came from verdicts of staff."""
    from membership.models import Order

    return Order.objects.filter(label_source=Order.LabelSource.REVIEW).count()


def _window(split: HoldOut) -> JsonMapping:
    return {
        "from": _moment(split.begins).isoformat(),
        "until": _moment(split.ends).isoformat(),
        "orders": len(split.test.rows),
        "frauds": int(split.test.is_fraud.sum()),
    }


def _moment(second: float) -> datetime:
    return datetime.fromtimestamp(int(second), tz=UTC)
