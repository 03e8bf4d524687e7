"""Retraining demand forecasts of products: judged on the newest weeks, then fitted on everything."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from forecasts.features import day_of
from forecasts.services.demand import FAMILY, MANY_PRODUCTS, known_sales
from learning.estimator import ModelFitError, Progress, part
from learning.step_texts import StepText
from learning.threads import one_thread_if
from membership.models.shop import shop_zone
from registry.families import Candidate
from registry.models import ModelVersion

if TYPE_CHECKING:
    from forecasts.ml.demand.demand import DemandConfig
    from forecasts.ml.demand.sales_history import SalesHistory

logger = logging.getLogger(__name__)

SEED = 20_260_302
WEEKS_HELD_BACK = 4
COMPARED_ROWS = 25_000
"""Models are compared after a fit on at most so many rows, which saves time and still tells them apart."""
FEWEST_WEEKS = 4
"""Below this nothing can be learned: a new shop waits."""


def train_candidate(progress: Progress) -> Candidate:
    """Judge the model on the newest weeks, refit it on all, and hand it to the registry.

    The live version's figure is that of its recipe fitted again on the same weeks. Raises ModelFitError while
    there are too few weeks of sales.
    """
    from forecasts.ml.demand.demand import DemandConfig

    return _candidate(progress, config=DemandConfig())


def train_light_candidate(progress: Progress) -> Candidate:
    """Smoothing without trees, judged in the same way: a version within seconds. Raises ModelFitError."""
    from forecasts.ml.demand.demand import DemandConfig

    return _candidate(progress, config=DemandConfig(with_trees=False))


def _candidate(progress: Progress, *, config: DemandConfig) -> Candidate:
    import numpy as np

    from forecasts.ml.demand.demand import Demand

    progress(0.0, _("reading sales"))
    as_of = timezone.now()
    sales = known_sales(as_of=as_of)
    if sales.n_weeks < FEWEST_WEEKS or not len(sales):
        message = gettext_noop("Demand forecasts need %(weeks)d weeks of sales; there are %(n)d.")
        raise ModelFitError(StepText(message, weeks=FEWEST_WEEKS, n=sales.n_weeks if len(sales) else 0))
    with one_thread_if(len(sales) < MANY_PRODUCTS):
        figures = judged(lambda: Demand(config), sales, progress=part(progress, 0.1, 0.5))
        model = Demand(config).fit(sales, rng=np.random.default_rng(SEED), progress=part(progress, 0.5, 1.0))
        live_score = _live_score(model, sales, figures=figures)
    return Candidate(
        estimator=model,
        score=figures.get("score", 0.0),
        live_score=live_score,
        parameters={"config": asdict(model.config), "seed": SEED},
        metrics={
            "held_out": figures,
            "products": len(sales),
            "weeks": sales.n_weeks,
            "promoted_share": round(_promoted(sales), 4),
        },
        data_from=_midnight(sales.first_day),
        data_until=_midnight(sales.first_day + 7 * sales.n_weeks),
        data_fingerprint=_fingerprint(sales),
        for_write_back=(as_of, sales),
    )


def judged(make: Callable[[], Any], sales: SalesHistory, *, progress: Progress) -> dict[str, float]:
    """How the newest weeks were forecast by a model fitted on those before; {} when there are too few.

    ``wape``: absolute errors of the likely units over all units; ``pinball`` the same for all quantiles.
    ``score`` is 1 / (1 + pinball): higher is better, between 0 and 1.
    """
    import numpy as np

    held = min(WEEKS_HELD_BACK, sales.n_weeks // 4)
    if held < 1:
        return {}
    past = sales.before(sales.n_weeks - held)
    known = past.select(np.flatnonzero(past.units.sum(axis=1) > 0))
    if not len(known):
        return {}
    progress(0.0, StepText(gettext_noop("judging %(model)s"), model=FAMILY))
    model = make()
    model.config = replace(model.config, max_rows=min(model.config.max_rows, COMPARED_ROWS))
    forecast = model.fit(known, rng=np.random.default_rng(SEED), progress=progress).forecast(known)
    rows = sales.products.rows_of(known.products.ids)
    actual = sales.units[rows, -held:].astype(np.float64)
    quantiles = forecast.quantiles[:, :held].astype(np.float64)
    levels = np.array(forecast.levels)
    missed = actual[:, :, None] - quantiles
    pinball = np.maximum(levels * missed, (levels - 1) * missed)
    total = max(float(actual.sum()), 1.0)
    likely = quantiles[:, :, forecast.levels.index(0.5)]
    low, high = quantiles[:, :, 0], quantiles[:, :, -1]
    loss = 2 * float(pinball.mean(axis=2).sum()) / total
    return {
        "score": 1.0 / (1.0 + loss),
        "pinball": loss,
        "wape": float(np.abs(actual - likely).sum()) / total,
        "bias": float(forecast.means[:, :held].sum()) / total - 1.0,
        "covered_80": float(((actual >= low) & (actual <= high)).mean()),
        "weeks": float(held),
    }


def _live_score(model: Any, sales: SalesHistory, *, figures: dict[str, float]) -> float | None:
    from forecasts.ml.demand.demand import Demand
    from learning.estimator import silent

    version = ModelVersion.objects.live(FAMILY).first()
    if version is None or not figures or version.estimator != model.name:
        return None
    config = version.parameters.get("config", {})
    try:
        live = Demand.from_parameters(config)
    except (TypeError, KeyError, ValueError):
        logger.warning("%s has parameters that its model no longer knows; not compared", version)
        return None
    if live.config == model.config:
        return figures["score"]
    return judged(lambda: Demand.from_parameters(config), sales, progress=silent).get("score")


def _promoted(sales: SalesHistory) -> float:
    """The share of past products' weeks with some promotion."""
    if sales.promotions is None:
        return 0.0
    return float((sales.promotions[:, : sales.n_weeks] > 0).any(axis=2).mean())


def _fingerprint(sales: SalesHistory) -> str:
    """sha256 over what was sold and promoted when: the same sales, the same fingerprint."""
    digest = hashlib.sha256(str(sales.first_day).encode())
    digest.update(sales.products.ids.tobytes())
    digest.update(sales.units.tobytes())
    if sales.promotions is not None:
        digest.update(sales.promotions.tobytes())
    return digest.hexdigest()


def _midnight(day: int) -> datetime:
    return datetime.combine(day_of(day), time.min, tzinfo=shop_zone())
