"""Retraining: which model is best on the newest weeks, then that one on everything."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from learning.estimator import ModelFitError, Progress, part
from recommendations.features import fingerprint, load_interactions
from registry.families import Candidate
from registry.models import ModelVersion

if TYPE_CHECKING:
    from learning.interactions import Interactions
    from recommendations.ml.evaluation import Trial
    from recommendations.ml.recommender import Recommender

logger = logging.getLogger(__name__)

FAMILY = "recommendations"
SEED = 20_260_302
VALIDATION_DAYS = 28
MEMBERS_JUDGED = 1_000
"""A mean over these is certain enough to choose by; judging all members of a large shop takes minutes."""


@dataclass
class Comparison:
    """What the models reached on the held-out weeks; NDCG@10, averaged over the surfaces, decides."""

    surfaces: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    live_score: float | None = None


def train_candidate(progress: Progress) -> Candidate:
    """Compare the models on the newest weeks, refit the best on all orders, and hand it to the registry.

    The live version's figure is that of its recipe fitted anew on the same training part: its own file has
    already seen the weeks that judge it. Raises ModelFitError when there are no orders.
    """
    import numpy as np

    progress(0.0, _("reading orders"))
    interactions = load_interactions(as_of=timezone.now())
    if len(interactions) == 0:
        raise ModelFitError(_("There are no orders of active members to learn from; import orders first."))
    comparison = compare(interactions, progress=part(progress, 0.1, 0.6))
    best = max(comparison.scores, key=lambda name: comparison.scores[name], default="blend")
    estimator = _fresh(best).fit(
        interactions, rng=np.random.default_rng(SEED), progress=part(progress, 0.6, 1.0)
    )
    return Candidate(
        estimator=estimator,
        score=comparison.scores.get(best, 0.0),
        live_score=comparison.live_score,
        parameters={"config": asdict(estimator.config), "seed": SEED},
        metrics={
            "surfaces": comparison.surfaces,
            "scores": comparison.scores,
            "members": interactions.n_members,
            "products": interactions.n_products,
            "lines": len(interactions),
        },
        data_from=_moment(interactions.timestamps.min()),
        data_until=_moment(interactions.timestamps.max()),
        data_fingerprint=fingerprint(interactions),
    )


def compare(interactions: Interactions, *, progress: Progress) -> Comparison:
    """Fit every candidate and the live recipe on all but the newest weeks, and judge them on those.

    Empty when the orders are too few to hold any back.
    """
    trials = _validation_trials(interactions)
    result = Comparison()
    if not trials:
        return result
    progress(0.0, _("fitting popularity"))
    popularity = _fitted(_fresh("popularity"), trials)
    progress(0.05, _("fitting the factorisation"))
    blend: Any = _fitted(_fresh("blend"), trials, progress=part(progress, 0.05, 0.5))
    # the blend's own factorisation is the plain one, so it need not be fitted twice
    fitted = {"popularity": popularity, "als": blend.als_, "blend": blend}
    for done, (name, model) in enumerate(fitted.items()):
        progress(0.5 + 0.1 * done, _("judging %(model)s") % {"model": name})
        result.surfaces[name] = _judged(model, trials)
        result.scores[name] = _mean_ndcg(result.surfaces[name])
    progress(0.8, _("judging the live version"))
    result.live_score = _live_score(trials, fitted=fitted, scores=result.scores)
    return result


def _validation_trials(interactions: Interactions) -> list[Trial]:
    """The newest four weeks (a quarter of a shorter history) asked on each surface; [] if impossible."""
    import numpy as np

    from learning.interaction_files import InputError
    from learning.interactions import SECONDS_PER_DAY
    from recommendations.ml.evaluation import time_split_trials
    from recommendations.ml.surfaces import SURFACES

    first, newest = int(interactions.timestamps.min()), int(interactions.timestamps.max())
    days = min(VALIDATION_DAYS, max(1, (newest - first) // SECONDS_PER_DAY // 4))
    cut = newest + 1 - days * SECONDS_PER_DAY
    trials: list[Trial] = []
    for surface in SURFACES:
        try:
            trials += time_split_trials(interactions, cut=cut, horizon_days=days, surface=surface)
        except InputError as error:
            logger.info("no validation on %s: %s", surface, error)
    return [trial.sample(MEMBERS_JUDGED, rng=np.random.default_rng(SEED)) for trial in trials]


def _live_score(
    trials: list[Trial], *, fitted: Mapping[str, Recommender], scores: Mapping[str, float]
) -> float | None:
    """The figure of the live version's recipe on the same trials; None without one that still exists."""
    from recommendations.ml.evaluation import MODELS

    version = ModelVersion.objects.live(FAMILY).first()
    if version is None or version.estimator not in MODELS:
        return None
    try:
        model = MODELS[version.estimator].from_parameters(version.parameters.get("config", {}))
    except (TypeError, KeyError):
        logger.warning("%s has parameters that its model no longer knows; not compared", version)
        return None
    if model.config == fitted[version.estimator].config:
        return scores[version.estimator]
    return _mean_ndcg(_judged(_fitted(model, trials), trials))


def _fresh(name: str) -> Recommender:
    from recommendations.ml.evaluation import MODELS

    return MODELS[name]()


def _fitted(model: Recommender, trials: list[Trial], *, progress: Progress | None = None) -> Recommender:
    """``model`` fitted on the part that all trials share."""
    import numpy as np

    from learning.estimator import silent

    return model.fit(trials[0].train, rng=np.random.default_rng(SEED), progress=progress or silent)


def _judged(model: Recommender, trials: list[Trial]) -> dict[str, dict[str, Any]]:
    """The figures by surface, without what they cost."""
    from learning.measuring import Cost
    from recommendations.ml.evaluation import judge

    figures = {trial.surface: judge(model, trial, seed=SEED, cost=Cost()).figures for trial in trials}
    kept = ("ndcg@10", "recall@10", "mrr@10", "map@10", "coverage@10", "members")
    return {surface: {name: found[name] for name in kept} for surface, found in figures.items()}


def _mean_ndcg(by_surface: Mapping[str, Mapping[str, Any]]) -> float:
    return sum(float(found["ndcg@10"]) for found in by_surface.values()) / len(by_surface)


def _moment(second: Any) -> datetime:
    return datetime.fromtimestamp(int(second), tz=UTC)
