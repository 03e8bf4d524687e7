"""Retraining: which model is best on the newest weeks, then that one on everything."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from learning.estimator import ModelFitError, Progress, part
from learning.json_types import JsonMapping
from learning.step_texts import NO_ORDERS
from recommendations.features import History, KnownHistory, Signals, fingerprint, load_history
from recommendations.services.comparing import SEED, Comparison, compare, competing
from registry.families import Candidate

if TYPE_CHECKING:
    from learning.interactions import Interactions
    from recommendations.ml.recommender import Recommender


def train_candidate(progress: Progress) -> Candidate:
    """Compare the models on the newest weeks, refit the best on everything, and hand it to the registry.

    The live version's figure is that of its recipe fitted again on the same training part: its own file has
    already seen the weeks that judge it. Raises ModelFitError when there are no orders.
    """
    return _candidate(progress, competing=competing())


def train_light_candidate(progress: Progress) -> Candidate:
    """Habit, trend and factorisation without trees, judged in the same way: a first version within seconds.

    Raises ModelFitError when there are no orders.
    """
    from recommendations.ml.blending.blend import Blend, BlendConfig

    return _candidate(progress, competing={Blend.name: BlendConfig(with_next=False)})


def _candidate(progress: Progress, *, competing: JsonMapping) -> Candidate:
    progress(0.0, _("reading orders and events"))
    signals = Signals.from_settings()
    as_of = timezone.now()
    read = load_history(as_of=as_of, signals=signals)
    history = History(read.described(), read.is_purchase)
    if not history.is_purchase.any():
        raise ModelFitError(NO_ORDERS)
    comparison = compare(history, competing=competing, progress=part(progress, 0.1, 0.6))
    interactions = history.everything
    if comparison.prefers_orders:
        signals, interactions = signals.orders_only(), history.purchases.narrowed()
        read = read.orders_only()
    estimator = _refitted(comparison, interactions, progress=part(progress, 0.6, 1.0))
    return Candidate(
        estimator=estimator,
        score=max(comparison.scores.get(comparison.best, 0.0), comparison.orders_only or 0.0),
        live_score=comparison.live_score,
        parameters={
            "config": asdict(estimator.config),
            "seed": SEED,
            "signals": signals.as_parameters(),
            "tuned": comparison.tuned.get(comparison.best),
        },
        metrics={
            "surfaces": comparison.surfaces,
            "scores": comparison.scores,
            "fit_seconds": comparison.seconds,
            "left_out": comparison.left_out,
            "orders_only": comparison.orders_only,
            "by_history_length": comparison.by_length.get(comparison.best, {}),
            "tuned": {
                name: {**setting["changes"], "score": setting["score"], "default": setting["default_score"]}
                for name, setting in comparison.tuned.items()
            },
            "members": interactions.n_members,
            "products": interactions.n_products,
            "lines": int(history.is_purchase.sum()),
            "events": int((~history.is_purchase).sum()),
        },
        data_from=_moment(interactions.timestamps.min()),
        data_until=_moment(interactions.timestamps.max()),
        data_fingerprint=fingerprint(interactions),
        for_write_back=KnownHistory(read, as_of),
    )


def _refitted(comparison: Comparison, interactions: Interactions, *, progress: Progress) -> Recommender:
    """The champion on everything. What the comparison has worked out of the past is not worked out again."""
    import numpy as np

    model, rng = comparison.unfitted(), np.random.default_rng(SEED)
    further = getattr(model, "fit_further", None)
    if further is None or comparison.champion is None:
        return model.fit(interactions, rng=rng, progress=progress)
    made: Recommender = further(interactions, comparison.champion, rng=rng, progress=progress)
    return made


def _moment(second: float) -> datetime:
    return datetime.fromtimestamp(int(second), tz=UTC)
