"""Retraining: which model is best on the newest weeks, then that one on everything."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from learning.estimator import ModelFitError, Progress, part
from recommendations.features import Signals, fingerprint, load_history
from recommendations.services.comparing import FAMILY, SEED, compare
from registry.families import Candidate
from registry.models import ModelVersion
from registry.services.versions import NoLiveModel, load_version

if TYPE_CHECKING:
    from learning.interactions import Interactions
    from recommendations.ml.recommender import Recommender

logger = logging.getLogger(__name__)


def train_candidate(progress: Progress) -> Candidate:
    """Compare the models on the newest weeks, refit the best on everything, and hand it to the registry.

    The live version's figure is that of its recipe fitted anew on the same training part: its own file has
    already seen the weeks that judge it. Raises ModelFitError when there are no orders.
    """
    progress(0.0, _("reading orders and events"))
    signals = Signals.from_settings()
    history = load_history(as_of=timezone.now(), signals=signals, described=True)
    if not history.is_purchase.any():
        raise ModelFitError(_("There are no orders of active members to learn from; import orders first."))
    comparison = compare(history, progress=part(progress, 0.1, 0.6))
    interactions = history.everything
    if comparison.prefers_orders:
        signals, interactions = signals.orders_only(), history.purchases.narrowed()
    estimator = _refitted(comparison.unfitted(), interactions, progress=part(progress, 0.6, 1.0))
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
                name: {**found["changes"], "score": found["score"], "default": found["default_score"]}
                for name, found in comparison.tuned.items()
            },
            "members": interactions.n_members,
            "products": interactions.n_products,
            "lines": int(history.is_purchase.sum()),
            "events": int((~history.is_purchase).sum()),
        },
        data_from=_moment(interactions.timestamps.min()),
        data_until=_moment(interactions.timestamps.max()),
        data_fingerprint=fingerprint(interactions),
    )


def _refitted(model: Recommender, interactions: Interactions, *, progress: Progress) -> Recommender:
    """The champion on everything; from the live version's state where its model offers a warm start."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    warm = getattr(model, "fit_warm", None)
    before = _live_estimator(model.name) if warm is not None else None
    if warm is not None and before is not None and before.config == model.config:
        started: Recommender = warm(interactions, before, rng=rng, progress=progress)
        return started
    return model.fit(interactions, rng=rng, progress=progress)


def _live_estimator(name: str) -> Recommender | None:
    """The estimator of the live version if it is of this kind and can be read, else None."""
    version = ModelVersion.objects.live(FAMILY).filter(estimator=name).first()
    try:
        return None if version is None else load_version(version=version).estimator
    except NoLiveModel as error:
        logger.warning("no warm start: %s", error)
        return None


def _moment(second: float) -> datetime:
    return datetime.fromtimestamp(int(second), tz=UTC)
