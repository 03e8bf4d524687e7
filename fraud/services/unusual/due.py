"""When the forest is fitted: once orders are enough, and again as they become more, until a model is live."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from fraud.features import SCORED_MEMBERS
from fraud.services.first_model import has_model, labels_so_far
from fraud.services.unusual.ranking import FAMILY, rank_open_alerts, stop_ranking
from membership.models import Order
from registry.models import ModelVersion, TrainingRun
from registry.services import NoLiveModel, load_live

logger = logging.getLogger(__name__)
GROWTH = 1.25
"""A young shop's orders have become this many times as many: what is usual has changed."""
RENEWED_AFTER = timedelta(days=1)
PAUSE = timedelta(hours=1)
"""After an attempt that failed."""


def is_due(*, at: datetime | None = None) -> bool:
    """Whether orders are enough, and the live forest knows too few of them."""
    from fraud.ml.models.isolation_forest import LEAST_ORDERS

    now = at or timezone.now()
    if has_model():
        return False
    runs = TrainingRun.objects.filter(family=FAMILY)
    failed = runs.filter(status=TrainingRun.Status.FAILED, queued_at__gt=now - PAUSE)
    if runs.unfinished().exists() or failed.exists():
        return False
    n = Order.objects.filter(member__status__in=SCORED_MEMBERS).count()
    if n < LEAST_ORDERS or labels_so_far(at=now).are_enough:  # then the first model is on its way
        return False
    live = ModelVersion.objects.live(FAMILY).first()
    if live is None:
        return True
    known = int(live.metrics.get("orders", 0))
    return n >= GROWTH * known or (n > known and live.created_at <= now - RENEWED_AFTER)


def keep_ranks() -> int:
    """Rank alerts that have no rank yet, or end all ranking once a fraud model is live; how many."""
    if has_model():
        return stop_ranking()
    try:
        loaded = load_live(FAMILY)
    except NoLiveModel as error:
        logger.info("alerts are not ranked: %s", error)
        return 0
    return rank_open_alerts(loaded=loaded, only_new=True)
