"""Retraining: which model is best on the newest weeks, then that one on everything."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from learning.estimator import ModelFitError, Progress, part
from recommendations.features import History, Signals, fingerprint, load_history
from registry.families import Candidate
from registry.models import ModelVersion
from registry.services.versions import NoLiveModel, load_version

if TYPE_CHECKING:
    from learning.interactions import Interactions
    from recommendations.ml.recommender import Recommender
    from recommendations.ml.trials import Trial

logger = logging.getLogger(__name__)

FAMILY = "recommendations"
SEED = 20_260_302
VALIDATION_DAYS = 28
MEMBERS_JUDGED = 1_000
"""A mean over these is certain enough to choose by; judging all members of a large shop takes minutes."""
FIGURES = ("ndcg@10", "recall@10", "mrr@10", "map@10", "coverage@10", "popularity_share@10", "members")


@dataclass
class Comparison:
    """What the models reached on the held-out weeks; NDCG@10, averaged over the surfaces, decides.

    ``left_out`` says why a model that should have competed did not; ``orders_only`` is the best model's
    figure when it learns from orders and not from events, None where that makes no difference.
    """

    surfaces: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    live_score: float | None = None
    orders_only: float | None = None

    @property
    def best(self) -> str:
        """The name of the champion; the blend where nothing could be held back."""
        return max(self.scores, key=lambda name: self.scores[name], default="blend")

    @property
    def prefers_orders(self) -> bool:
        return self.orders_only is not None and self.orders_only > self.scores[self.best]


@dataclass(frozen=True, eq=False)
class Contest:
    """What the models learn from, and what they are asked: the same for all of them."""

    trials: list[Trial]
    train: Interactions
    """Purchases and events before the cut, over the rows of the trials' own training part."""


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
    estimator = _refitted(comparison.best, interactions, progress=part(progress, 0.6, 1.0))
    return Candidate(
        estimator=estimator,
        score=max(comparison.scores.get(comparison.best, 0.0), comparison.orders_only or 0.0),
        live_score=comparison.live_score,
        parameters={
            "config": asdict(estimator.config),
            "seed": SEED,
            "signals": signals.as_parameters(),
        },
        metrics={
            "surfaces": comparison.surfaces,
            "scores": comparison.scores,
            "fit_seconds": comparison.seconds,
            "left_out": comparison.left_out,
            "orders_only": comparison.orders_only,
            "members": interactions.n_members,
            "products": interactions.n_products,
            "lines": int(history.is_purchase.sum()),
            "events": int((~history.is_purchase).sum()),
        },
        data_from=_moment(interactions.timestamps.min()),
        data_until=_moment(interactions.timestamps.max()),
        data_fingerprint=fingerprint(interactions),
    )


def compare(history: History, *, progress: Progress) -> Comparison:
    """Fit the models and the live recipe on all but the newest weeks, and judge them on those.

    Models compete in the order of the setting MODELS, until TRAINING_MINUTES are over. Empty when the orders
    are too few to hold any back.
    """
    result, contest = Comparison(), _contest(history)
    if contest is None:
        return result
    names = _competing()
    deadline = time.monotonic() + 60 * settings.RECOMMENDATIONS["TRAINING_MINUTES"]
    fitted: dict[str, Recommender] = {}
    for done, name in enumerate(names):
        within = part(progress, 0.8 * done / len(names), 0.8 * (done + 1) / len(names))
        if time.monotonic() > deadline and fitted:
            result.left_out[name] = "the time for training was over"
            continue
        _compete(name, contest, result=result, fitted=fitted, progress=within)
    if not fitted:
        raise ModelFitError(_("No model could be fitted: %s") % result.left_out)
    progress(0.85, _("judging without events"))
    result.orders_only = _orders_only_score(contest, history, best=result.best)
    progress(0.95, _("judging the live version"))
    result.live_score = _live_score(contest, fitted=fitted, scores=result.scores)
    return result


def _compete(
    name: str,
    contest: Contest,
    *,
    result: Comparison,
    fitted: dict[str, Recommender],
    progress: Progress,
) -> None:
    """Fit and judge one model; one that cannot be fitted is left out, and why is kept."""
    progress(0.0, _("fitting %(model)s") % {"model": name})
    began = time.monotonic()
    try:
        model = _fitted(_fresh(name), contest.train, progress=progress)
        figures = _judged(model, contest.trials)
    except (ModelFitError, MemoryError, ArithmeticError) as error:
        logger.warning("%s does not compete: %s", name, error)
        result.left_out[name] = str(error) or type(error).__name__
        return
    score = _mean_ndcg(figures)
    if score != score:  # NaN: no order among figures would hold
        result.left_out[name] = "its figures are not numbers"
        return
    result.seconds[name] = round(time.monotonic() - began, 1)
    result.surfaces[name], result.scores[name], fitted[name] = figures, score, model


def _competing() -> list[str]:
    """The models of the setting that there are, without repeats."""
    from recommendations.ml.evaluation import MODELS

    wanted = [name for name in dict.fromkeys(settings.RECOMMENDATIONS["MODELS"]) if name in MODELS]
    return wanted or ["blend"]


def _contest(history: History) -> Contest | None:
    """The newest four weeks (a quarter of a shorter history) asked on each surface; None if impossible.

    Only what was bought is asked for; events before the cut are for learning.
    """
    import numpy as np

    from learning.interaction_files import InputError
    from learning.interactions import SECONDS_PER_DAY
    from recommendations.ml.surfaces import SURFACES
    from recommendations.ml.trials import time_split_trials

    bought = history.purchases
    first, newest = int(bought.timestamps.min()), int(bought.timestamps.max())
    days = min(VALIDATION_DAYS, max(1, (newest - first) // SECONDS_PER_DAY // 4))
    cut = newest + 1 - days * SECONDS_PER_DAY
    trials: list[Trial] = []
    for surface in SURFACES:
        try:
            trials += time_split_trials(bought, cut=cut, horizon_days=days, surface=surface)
        except InputError as error:
            logger.info("no validation on %s: %s", surface, error)
    if not trials:
        return None
    sampled = [trial.sample(MEMBERS_JUDGED, rng=np.random.default_rng(SEED)) for trial in trials]
    return Contest(sampled, _with_events(trials[0].train, history, cut=cut))


def _with_events(train: Interactions, history: History, *, cut: int) -> Interactions:
    """``train`` and the events before ``cut`` of its members with its products, over its own rows."""
    import numpy as np

    everything = history.everything
    members = train.members.rows_of(everything.members.ids)[everything.member_rows]
    products = train.products.rows_of(everything.products.ids)[everything.product_rows]
    known = ~history.is_purchase & (everything.timestamps < cut) & (members >= 0) & (products >= 0)
    if not known.any():
        return train
    return replace(
        train,
        member_rows=np.concatenate([train.member_rows, members[known]]),
        product_rows=np.concatenate([train.product_rows, products[known]]),
        timestamps=np.concatenate([train.timestamps, everything.timestamps[known]]),
        values=np.concatenate([train.values, everything.values[known]]),
    )


def _orders_only_score(contest: Contest, history: History, *, best: str) -> float | None:
    """The best model's figure when events are left out; None when there are none."""
    without = contest.trials[0].train
    if len(without) == len(contest.train):
        return None
    try:
        return _mean_ndcg(_judged(_fitted(_fresh(best), without), contest.trials))
    except ModelFitError as error:
        logger.warning("%s without events: %s", best, error)
        return None


def _live_score(
    contest: Contest, *, fitted: Mapping[str, Recommender], scores: Mapping[str, float]
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
    with_events = bool(Signals.from_parameters(version.parameters).events)
    train = contest.train if with_events else contest.trials[0].train
    same = fitted.get(version.estimator)
    if with_events and same is not None and model.config == same.config:
        return scores[version.estimator]
    return _mean_ndcg(_judged(_fitted(model, train), contest.trials))


def _refitted(name: str, interactions: Interactions, *, progress: Progress) -> Recommender:
    """The champion on everything; from the live version's state where its model offers a warm start."""
    import numpy as np

    model, rng = _fresh(name), np.random.default_rng(SEED)
    warm = getattr(model, "fit_warm", None)
    before = _live_estimator(name) if warm is not None else None
    if warm is not None and before is not None and before.config == model.config:
        started: Recommender = warm(interactions, before, rng=rng, progress=progress)
        return started
    return model.fit(interactions, rng=rng, progress=progress)


def _live_estimator(name: str) -> Any:
    """The estimator of the live version if it is of this kind and can be read, else None."""
    version = ModelVersion.objects.live(FAMILY).filter(estimator=name).first()
    try:
        return None if version is None else load_version(version=version).estimator
    except NoLiveModel as error:
        logger.warning("no warm start: %s", error)
        return None


def _fresh(name: str) -> Recommender:
    from recommendations.ml.evaluation import MODELS

    return MODELS[name]()


def _fitted(model: Recommender, train: Interactions, *, progress: Progress | None = None) -> Recommender:
    import numpy as np

    from learning.estimator import silent

    return model.fit(train, rng=np.random.default_rng(SEED), progress=progress or silent)


def _judged(model: Recommender, trials: list[Trial]) -> dict[str, dict[str, Any]]:
    """The figures by surface, without what they cost."""
    from learning.measuring import Cost
    from recommendations.ml.evaluation import judge

    figures = {trial.surface: judge(model, trial, seed=SEED, cost=Cost()).figures for trial in trials}
    return {
        surface: {name: found[name] for name in FIGURES if name in found}
        for surface, found in figures.items()
    }


def _mean_ndcg(by_surface: Mapping[str, Mapping[str, Any]]) -> float:
    return sum(float(found["ndcg@10"]) for found in by_surface.values()) / len(by_surface)


def _moment(second: Any) -> datetime:
    return datetime.fromtimestamp(int(second), tz=UTC)
