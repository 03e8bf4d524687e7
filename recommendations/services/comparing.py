"""Which model is best on the newest weeks: all that compete, and the live version's recipe, on the same."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from learning.estimator import ModelFitError, Progress, part
from learning.json_types import JsonMapping, JsonObject
from learning.step_texts import StepText
from recommendations.features import History, Signals
from registry.families import UnknownFamily, estimator_class
from registry.models import ModelVersion

if TYPE_CHECKING:
    from learning.interactions import Interactions
    from recommendations.ml.judging.trials import Trial
    from recommendations.ml.recommender import Recommender

logger = logging.getLogger(__name__)

FAMILY = "recommendations"
SEED = 20_260_302
VALIDATION_DAYS = 28
MEMBERS_JUDGED = 1_000
"""A mean over these is certain enough to choose by; judging all members of a large shop takes minutes."""
FIGURES = (
    "ndcg@10", "recall@10", "mrr@10", "map@10", "coverage@10", "diversity@10", "popularity_share@10",
    "members",
)  # fmt: skip


@dataclass
class Comparison:
    """What the models reached on the held-out weeks; NDCG@10, averaged over the surfaces, decides.

    ``configs`` are the settings each was fitted with, ``tuned`` how those were chosen where they were.
    ``left_out`` says why a model that should have competed did not; ``orders_only`` is the best model's
    figure when it learns from orders and not from events, None where that makes no difference.
    """

    surfaces: dict[str, dict[str, JsonObject]] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    by_length: dict[str, dict[str, JsonObject]] = field(default_factory=dict)
    """model -> surface -> figures of members with short, medium and long histories."""
    champion: Recommender | None = None
    """The best one as it was fitted before the held-out weeks."""
    configs: JsonObject = field(default_factory=dict)
    tuned: dict[str, JsonObject] = field(default_factory=dict)
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

    def unfitted(self) -> Recommender:
        """The champion with its settings, to be fitted on everything."""
        from recommendations.ml.model_list import recommender

        return recommender(self.best, self.configs.get(self.best))


@dataclass(frozen=True, eq=False)
class Contest:
    """What the models learn from, and what they are asked: the same for all of them."""

    trials: list[Trial]
    train: Interactions
    """Purchases and, after them, events before the cut, over the rows of the trials' own training part."""

    @property
    def orders(self) -> Interactions:
        return self.trials[0].train

    def events_count(self, model: Recommender) -> bool:
        """Whether there are events that the fitted ``model`` took for more than nothing.

        The trees of a shop where people come back learn from purchases alone; to fit them once more without
        the events would give the same trees.
        """
        weights = self.train.values[len(self.orders) :]
        deciding: Any = getattr(model, "ranker_", None) or model
        return bool((weights >= getattr(deciding, "least_value_", 0.0)).any())


def compare(history: History, *, competing: JsonMapping, progress: Progress) -> Comparison:
    """Fit the models and the live recipe on all but the newest weeks, and judge them on those.

    ``competing``: model -> its settings, None for those that are tuned or its defaults. They compete in this
    order, until TRAINING_MINUTES are over. Empty when the orders
    are too few to hold any back.
    """
    result, contest = Comparison(), _contest(history)
    if contest is None:
        return result
    deadline = time.monotonic() + 60 * settings.RECOMMENDATIONS["TRAINING_MINUTES"]
    fitted: dict[str, Recommender] = {}
    for done, (name, config) in enumerate(competing.items()):
        within = part(progress, 0.8 * done / len(competing), 0.8 * (done + 1) / len(competing))
        if time.monotonic() > deadline and fitted:
            result.left_out[name] = "the time for training was over"
            continue
        _compete(name, config, contest, result=result, fitted=fitted, progress=within)
    if not fitted:
        why = "; ".join(f"{name}: {reason}" for name, reason in result.left_out.items())
        raise ModelFitError(StepText(gettext_noop("No model could be fitted: %(why)s"), why=why))
    best = result.champion = fitted[result.best]
    if competing[result.best] is None and contest.events_count(best):  # not of a light recipe
        progress(0.85, _("judging without events"))
        result.orders_only = _orders_only_score(contest, best)
    progress(0.95, _("judging the live version"))
    result.live_score = _live_score(contest, fitted=fitted, result=result)
    return result


def _compete(
    name: str,
    config: Any,
    contest: Contest,
    *,
    result: Comparison,
    fitted: dict[str, Recommender],
    progress: Progress,
) -> None:
    """Fit and judge one model; one that cannot be fitted is left out, and why is kept."""
    from recommendations.ml.model_list import recommender

    progress(0.0, StepText(gettext_noop("fitting %(model)s"), model=name))
    began = time.monotonic()
    try:
        if config is None:
            unfitted = _with_settings(name, contest, result=result)
        else:
            unfitted = recommender(name, config)
        model = _fitted(unfitted, contest.train, progress=progress, parts=fitted)
        everything = _judged(model, contest.trials)
    except (ModelFitError, MemoryError, ArithmeticError) as error:
        logger.warning("%s does not compete: %s", name, error)
        result.left_out[name] = str(error) or type(error).__name__
        return
    figures = _chosen(everything)
    score = _mean_ndcg(figures)
    if score != score:  # NaN: no order among figures would hold
        result.left_out[name] = "its figures are not numbers"
        return
    result.seconds[name] = round(time.monotonic() - began, 1)
    result.surfaces[name], result.scores[name], fitted[name] = figures, score, model
    result.configs[name] = model.config
    result.by_length[name] = {
        surface: by_surface["by_history_length"] for surface, by_surface in everything.items()
    }


def _with_settings(name: str, contest: Contest, *, result: Comparison) -> Recommender:
    """The unfitted model; with TUNING_TRIES above 1 its settings are those that did best on the weeks before
    the held-out ones, learned from orders."""
    from recommendations.ml.model_list import recommender

    tries = settings.RECOMMENDATIONS["TUNING_TRIES"]
    before = [trial.tuning for trial in contest.trials if trial.tuning is not None]
    if tries < 2 or not before:
        return recommender(name)
    from recommendations.ml.judging.tuned import configured, tuned_on

    minutes = settings.RECOMMENDATIONS["TRAINING_MINUTES"] / 4
    studies = Path(settings.VAR_DIR) / "tuning" / "recommendations.sqlite3"
    tuned = tuned_on(before, model=name, tries=tries, seed=SEED, seconds=60 * minutes, studies=studies)
    if tuned is None:
        return recommender(name)
    result.tuned[name] = tuned.as_parameters()
    return configured(name, tuned.changes)


def competing() -> JsonObject:
    """The models of the setting, checked when the app starts, in its order; none with settings of its own."""
    return dict.fromkeys(settings.RECOMMENDATIONS["MODELS"])


def _contest(history: History) -> Contest | None:
    """The newest four weeks (a quarter of a shorter history) asked on each surface; None if impossible.

    Only what was bought is asked for; events before the cut are for learning.
    """
    import numpy as np

    from learning.interaction_files import InputError
    from learning.interactions import SECONDS_PER_DAY
    from recommendations.ml.judging.trials import time_split_trials
    from recommendations.ml.surfaces import SURFACES

    bought = history.purchases
    first, newest = int(bought.timestamps.min()), int(bought.timestamps.max())
    days = min(VALIDATION_DAYS, max(1, (newest - first) // SECONDS_PER_DAY // 4))
    # at midnight: what was worked out up to here then holds for the same moments of the final fit
    cut = (newest // SECONDS_PER_DAY + 1 - days) * SECONDS_PER_DAY
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


def _orders_only_score(contest: Contest, best: Recommender) -> float | None:
    """The figure of the best model's recipe when events are left out; None where that cannot be fitted."""
    try:
        return _mean_ndcg(_judged(_fitted(_anew(best, config=best.config), contest.orders), contest.trials))
    except ModelFitError as error:
        logger.warning("%s without events: %s", best.name, error)
        return None


def _live_score(contest: Contest, *, fitted: Mapping[str, Recommender], result: Comparison) -> float | None:
    """The figure of the live version's recipe on the same trials; None without one that still exists.

    What has been fitted for the comparison is not fitted again.
    """
    version = ModelVersion.objects.live(FAMILY).first()
    if version is None:
        return None
    try:
        cls = estimator_class(family=FAMILY, estimator=version.estimator)
        model: Recommender = cls.from_parameters(version.parameters.get("config", {}))
    except UnknownFamily:
        return None
    except (TypeError, KeyError):
        logger.warning("%s has parameters that its model no longer knows; not compared", version)
        return None
    with_events = bool(Signals.from_parameters(version.parameters).events)
    same = fitted.get(version.estimator)
    if same is not None and model.config == same.config:
        if with_events or not contest.events_count(same):
            return result.scores[version.estimator]
        if version.estimator == result.best and result.orders_only is not None:
            return result.orders_only
    if with_events:
        return _mean_ndcg(_judged(_fitted(model, contest.train, parts=fitted), contest.trials))
    return _mean_ndcg(_judged(_fitted(model, contest.orders), contest.trials))


def _anew(model: Recommender, *, config: Any) -> Recommender:
    """A model of the same kind with these settings, unfitted."""
    cls: Any = type(model)
    unfitted: Recommender = cls(config)
    return unfitted


def _fitted(
    model: Recommender,
    train: Interactions,
    *,
    progress: Progress | None = None,
    parts: Mapping[str, Recommender] | None = None,
) -> Recommender:
    """``model``, fitted; a model that is made of others takes those of ``parts``, fitted on the same."""
    import numpy as np

    from learning.estimator import silent

    rng, progress = np.random.default_rng(SEED), progress or silent
    fit_with = getattr(model, "fit_with", None)
    if fit_with is None or parts is None:
        return model.fit(train, rng=rng, progress=progress)
    made: Recommender = fit_with(train, parts, rng=rng, progress=progress)
    return made


def _judged(model: Recommender, trials: list[Trial]) -> dict[str, JsonObject]:
    """All figures, by surface."""
    from learning.measuring import Cost
    from recommendations.ml.judging.evaluation import judge

    return {trial.surface: judge(model, trial, seed=SEED, cost=Cost()).figures for trial in trials}


def _chosen(by_surface: Mapping[str, JsonMapping]) -> dict[str, JsonObject]:
    """Those figures that are kept with a version."""
    return {
        surface: {name: figures[name] for name in FIGURES if name in figures}
        for surface, figures in by_surface.items()
    }


def _mean_ndcg(by_surface: Mapping[str, JsonMapping]) -> float:
    return sum(float(figures["ndcg@10"]) for figures in by_surface.values()) / len(by_surface)
