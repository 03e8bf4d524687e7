"""Retraining forecasts of members: judged on the newest weeks, then fitted on everything."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from learning.estimator import ModelFitError, Progress, part
from membership.forecast_features import known_until_day, load_purchases
from membership.services.forecasts import FAMILY
from registry.families import Candidate
from registry.models import ModelVersion

if TYPE_CHECKING:
    from membership.forecast_features import Purchases
    from membership.ml.purchase_history import PurchaseHistory

logger = logging.getLogger(__name__)

SEED = 20_260_302
HORIZON_DAYS = 56
ORIGINS = 2
"""Mornings from which the newest weeks are forecast, a horizon apart: one alone may fall on a holiday."""
FEWEST_ORDERS, FEWEST_DAYS = 30, 14
"""Below these nothing can be learned: a new shop waits."""


def train_candidate(progress: Progress) -> Candidate:
    """Judge the models on the newest weeks, refit the best on all orders, and hand it to the registry.

    The live version's figure is that of its recipe fitted anew on the same training part. Raises
    ModelFitError while there are too few orders.
    """
    import numpy as np

    progress(0.0, _("reading orders"))
    as_of = timezone.now()
    purchases = load_purchases(as_of=as_of)
    history = _enough(purchases, day=known_until_day(as_of=as_of))
    figures = compare(history, progress=part(progress, 0.1, 0.7))
    scores = {name: found["score"] for name, found in figures.items() if name != "live"}
    best = max(scores, key=lambda name: scores[name], default="blend")
    estimator = models()[best]().fit(
        history, rng=np.random.default_rng(SEED), progress=part(progress, 0.7, 1.0)
    )
    return Candidate(
        estimator=estimator,
        score=scores.get(best, 0.0),
        live_score=_live_score(figures),
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
    )


def models() -> Mapping[str, Callable[[], Any]]:
    """Model name -> class; of equally good ones the first is taken."""
    from membership.ml.forecast_blend import MemberBlend
    from membership.ml.habit import Habit

    return {"blend": MemberBlend, "habit": Habit}


def compare(history: PurchaseHistory, *, progress: Progress) -> dict[str, dict[str, float]]:
    """What each model, and the live recipe as "live", reached; {} when no weeks can be held back."""
    horizon = _horizon(history)
    mornings = [history.as_of_day - horizon * (back + 1) for back in range(ORIGINS)]
    mornings = [day for day in mornings if history.before(day).n_orders >= FEWEST_ORDERS]
    if not mornings:
        return {}
    candidates: dict[str, Callable[[], Any]] = {**models()}
    live = _live_recipe()
    if live is not None:
        same = next((name for name in candidates if _is_same(candidates[name](), live())), None)
        if same is None:
            candidates["live"] = live
    found: dict[str, dict[str, float]] = {}
    for done, (name, make) in enumerate(candidates.items()):
        progress(done / len(candidates), _("judging %(model)s") % {"model": name})
        found[name] = _judged(make, history, mornings=mornings, horizon=horizon)
    if live is not None and "live" not in found:
        found["live"] = found[str(same)]
    return found


def _judged(
    make: Callable[[], Any], history: PurchaseHistory, *, mornings: list[int], horizon: int
) -> dict[str, float]:
    """The mean over the mornings of each figure; fitted on what was known on the first of them.

    ``score`` is 1 / (1 + Poisson deviance of the expected orders): higher is better, between 0 and 1.
    """
    import numpy as np

    model = make().fit(history.before(min(mornings)), rng=np.random.default_rng(SEED))
    rounds = [_figures(model, history, morning=morning, horizon=horizon) for morning in mornings]
    means = {name: float(np.mean([figures[name] for figures in rounds])) for name in rounds[0]}
    return {"score": 1.0 / (1.0 + means["poisson_deviance"]), **means}


def _figures(model: Any, history: PurchaseHistory, *, morning: int, horizon: int) -> dict[str, float]:
    """How the forecast of ``morning`` compares with what the members did then."""
    import numpy as np

    past = history.before(morning)
    known = past.select(np.flatnonzero(past.counts() > 0))
    rows = history.members.rows_of(known.members.ids)
    actual = history.orders_between(morning, morning + horizon)[rows].astype(np.float64)
    forecast = model.forecast(known, horizons=(horizon,))
    mean = np.maximum(forecast.expected_orders[:, 0].astype(np.float64), 1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_part = np.where(actual > 0, actual * np.log(actual / mean), 0.0)
    silent, risk = actual == 0, forecast.p_inactive[:, 0].astype(np.float64)
    return {
        "poisson_deviance": float(2 * (log_part - (actual - mean)).mean()),
        "orders_mae": float(np.abs(actual - forecast.median_orders[:, 0]).mean()),
        "orders_rmse": float(np.sqrt(((actual - mean) ** 2).mean())),
        "orders_bias": float(mean.sum() / max(actual.sum(), 1.0) - 1.0),
        "inactive_brier": float(((risk - silent) ** 2).mean()),
        "covered_80": float(
            ((actual >= forecast.orders_low[:, 0]) & (actual <= forecast.orders_high[:, 0])).mean()
        ),
    }


def _enough(purchases: Purchases, *, day: int) -> PurchaseHistory:
    if not len(purchases):
        raise ModelFitError(_("There are no orders of active members to learn from; import orders first."))
    history = purchases.history(as_of_day=day)
    days = int(history.days.max() - history.days.min()) if history.n_orders else 0
    if history.n_orders < FEWEST_ORDERS or days < FEWEST_DAYS:
        message = _("Forecasts need %(orders)d orders over %(days)d days; there are %(found)d over %(span)d.")
        raise ModelFitError(
            message % {"orders": FEWEST_ORDERS, "days": FEWEST_DAYS, "found": history.n_orders, "span": days}
        )
    return history


def _horizon(history: PurchaseHistory) -> int:
    """Days held back: eight weeks, or a fifth of a shorter history."""
    span = int(history.as_of_day - history.days.min())
    return max(1, min(HORIZON_DAYS, span // (ORIGINS + 3)))


def _live_recipe() -> Callable[[], Any] | None:
    """An unfitted model like the live version; None without one that still exists."""
    version = ModelVersion.objects.live(FAMILY).first()
    if version is None or version.estimator not in models():
        return None
    made: Any = models()[version.estimator]
    config = version.parameters.get("config", {})
    try:
        made.from_parameters(config)
    except (TypeError, KeyError, ValueError):
        logger.warning("%s has parameters that its model no longer knows; not compared", version)
        return None
    return lambda: made.from_parameters(config)


def _is_same(one: Any, other: Any) -> bool:
    return bool(one.name == other.name and one.config == other.config)


def _live_score(figures: Mapping[str, Mapping[str, float]]) -> float | None:
    return figures["live"]["score"] if "live" in figures else None


def _moment(second: Any) -> datetime:
    return datetime.fromtimestamp(int(second), tz=UTC)
