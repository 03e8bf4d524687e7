"""Retraining forecasts of members: judged on the newest weeks, then fitted on everything."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from forecasts.features import known_until_day, load_purchases
from forecasts.services.member_scoring import FAMILY, MANY_MEMBERS
from learning.estimator import ModelFitError, Progress, part
from learning.json_types import JsonMapping
from learning.step_texts import NO_ORDERS, StepText
from learning.threads import one_thread_if
from registry.families import Candidate, estimator_class, family_named
from registry.models import ModelVersion

if TYPE_CHECKING:
    from forecasts.features import Purchases
    from forecasts.ml.members.evaluation import Trial
    from forecasts.ml.members.purchase_history import PurchaseHistory

logger = logging.getLogger(__name__)

SEED = 20_260_302
HORIZON_DAYS = 56
ORIGINS = 2
"""Days from which the newest weeks are forecast, one horizon apart: a single one may fall on a holiday."""
FEWEST_ORDERS, FEWEST_DAYS = 30, 14
"""Below these nothing can be learned: a new shop waits."""
TOO_FEW_ORDERS = gettext_noop(
    "Forecasts need %(orders)d orders over %(days)d days; there are %(n)d over %(span)d."
)
MEMBERS_JUDGED = 1_000
"""The models are compared on a sample of so many members, which saves most of the time."""
LIVE, LIGHT = "live", "pareto_nbd"
KEPT = (
    "orders_poisson_deviance", "orders_rmse", "orders_median_mae", "orders_bias_percent", "spend_mae",
    "spend_bias_percent", "gap_mae", "gap_pinball", "gap80_coverage", "inactive_auc", "inactive_brier",
    "interval80_coverage", "members",
)  # fmt: skip
Recipe = tuple[str, JsonMapping]
"""The name of a model and its configuration."""


def train_candidate(progress: Progress) -> Candidate:
    """Judge the models on the newest weeks, refit the best on all orders, and hand it to the registry.

    The live version's figure is that of its recipe fitted again on the same training part. Raises
    ModelFitError while there are too few orders.
    """
    return _candidate(progress, names=tuple(models()))


def train_light_candidate(progress: Progress) -> Candidate:
    """Pareto/NBD alone, judged in the same way: a first version within seconds. Raises ModelFitError."""
    return _candidate(progress, names=(LIGHT,))


def _candidate(progress: Progress, *, names: Collection[str]) -> Candidate:
    import numpy as np

    progress(0.0, _("reading orders"))
    as_of = timezone.now()
    purchases = load_purchases(as_of=as_of)
    history = _enough(purchases, day=known_until_day(as_of=as_of))
    classes = models()  # loads what is then kept to one thread
    with one_thread_if(len(history) < MANY_MEMBERS):
        figures = compare(history, names=names, progress=part(progress, 0.1, 0.5))
        scores = {name: model_figures["score"] for name, model_figures in figures.items() if name != LIVE}
        best = max(scores, key=lambda name: scores[name], default=next(iter(names)))
        estimator = classes[best]().fit(
            history, rng=np.random.default_rng(SEED), progress=part(progress, 0.5, 1.0)
        )
    return Candidate(
        estimator=estimator,
        score=scores.get(best, 0.0),
        live_score=figures[LIVE]["score"] if LIVE in figures else None,
        parameters={"config": asdict(estimator.config), "seed": SEED},
        metrics={
            "models": figures,
            "members": history.n_members,
            "orders": history.n_orders,
            "horizon_days": _horizon(history),
        },
        data_from=_moment(purchases.seconds.min()),
        data_until=_moment(purchases.seconds.max()),
        data_fingerprint=purchases.fingerprint(),
        for_write_back=(as_of, purchases),
    )


def models() -> Mapping[str, type[Any]]:
    """Model name -> class: those that the family registers."""
    names = family_named(FAMILY).estimators
    return {name: estimator_class(family=FAMILY, estimator=name) for name in names}


def compare(
    history: PurchaseHistory, *, progress: Progress, names: Collection[str] | None = None
) -> dict[str, dict[str, float]]:
    """What each model (each of ``names``, if told), and the live recipe as "live", reached.

    {} when no weeks can be held back. They are fitted once, on what was known of a sample of members before
    all held-out weeks, for the one horizon that is judged.
    """
    from forecasts.ml.members.evaluation import trials

    history = _sample(history)
    horizon = _horizon(history)
    origin = history.as_of_day - ORIGINS * horizon
    if history.before(origin).n_orders < FEWEST_ORDERS:
        return {}
    rounds = list(trials(history, origin_day=origin, days=horizon, folds=ORIGINS))
    wanted = {name: made for name, made in models().items() if names is None or name in names}
    recipes: dict[str, Recipe] = {name: (name, asdict(made().config)) for name, made in wanted.items()}
    live = _live_recipe()
    if live is not None:
        recipes[LIVE] = live
    by_label: dict[str, dict[str, float]] = {}
    for done, (label, recipe) in enumerate(recipes.items()):
        progress(done / len(recipes), StepText(gettext_noop("judging %(model)s"), model=label))
        same = next((name for name in by_label if _same(recipes[name], recipe)), None)
        by_label[label] = by_label[same] if same else _judged(recipe, rounds, days=horizon)
    return by_label


def _judged(recipe: Recipe, rounds: list[Trial], *, days: int) -> dict[str, float]:
    """The mean over the rounds of each figure.

    ``score`` is 1 / (1 + Poisson deviance of the expected orders): higher is better, between 0 and 1.
    """
    import numpy as np

    from forecasts.ml.members.evaluation import figures

    name, config = recipe
    model = _for_horizon(name, config, days).fit(rounds[0].history, rng=np.random.default_rng(SEED))
    of_rounds = [
        figures(trial, model.forecast(trial.history, horizons=(days,)), model=name, seed=SEED)
        for trial in rounds
    ]
    means = {key: round(float(np.mean([one[key] for one in of_rounds])), 5) for key in KEPT}
    return {"score": 1.0 / (1.0 + means["orders_poisson_deviance"]), **means}


def _sample(history: PurchaseHistory) -> PurchaseHistory:
    import numpy as np

    n = len(history)
    if n <= MEMBERS_JUDGED:
        return history
    return history.select(np.sort(np.random.default_rng(SEED).choice(n, size=MEMBERS_JUDGED, replace=False)))


def _for_horizon(name: str, config: JsonMapping, days: int) -> Any:
    """An unfitted model of this recipe for one horizon alone."""
    from forecasts.ml.members.evaluation import learned_for

    settings = copy.deepcopy(dict(config))
    if name == "blend":
        settings["boosted"] = {**settings.get("boosted", {}), "horizons": list(learned_for(days))}
    return models()[name].from_parameters(settings)


def _enough(purchases: Purchases, *, day: int) -> PurchaseHistory:
    if not len(purchases):
        raise ModelFitError(NO_ORDERS)
    history = purchases.history(as_of_day=day)
    days = int(history.days.max() - history.days.min()) if history.n_orders else 0
    if history.n_orders < FEWEST_ORDERS or days < FEWEST_DAYS:
        raise ModelFitError(
            StepText(TOO_FEW_ORDERS, orders=FEWEST_ORDERS, days=FEWEST_DAYS, n=history.n_orders, span=days)
        )
    return history


def _horizon(history: PurchaseHistory) -> int:
    """Days held back: eight weeks, or a fifth of a shorter history."""
    span = int(history.as_of_day - history.days.min())
    return max(1, min(HORIZON_DAYS, span // (ORIGINS + 3)))


def _live_recipe() -> Recipe | None:
    """That of the live version; None without one that still exists."""
    version = ModelVersion.objects.live(FAMILY).first()
    if version is None or version.estimator not in models():
        return None
    config = version.parameters.get("config", {})
    try:
        models()[version.estimator].from_parameters(config)
    except (TypeError, KeyError, ValueError, AttributeError):
        logger.warning("%s has parameters that its model no longer knows; not compared", version)
        return None
    return version.estimator, config


def _same(one: Recipe, other: Recipe) -> bool:
    """As they are once stored: a tuple is a list then."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _moment(second: Any) -> datetime:
    return datetime.fromtimestamp(int(second), tz=UTC)
