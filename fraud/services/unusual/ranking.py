"""How unusual the orders are that wait for a review: a rank, while no model is live."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from fraud.features import SCORED_MEMBERS, ShopOrders, load_orders
from fraud.models import FraudAlert
from fraud.services.answering.answers import checked, many_effects, many_reasons
from fraud.services.desk.alerts import priority_of
from fraud.services.reasons.of_orders import is_of_rank, rank_reasons
from registry.models import ModelVersion
from registry.services import LoadedModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FAMILY = "anomaly"
Hold = Callable[[], AbstractContextManager[None]]
ALERTS_AT_ONCE = 500


def rank_open_alerts(
    *,
    loaded: LoadedModel,
    orders: ShopOrders | None = None,
    only_new: bool = False,
    hold: Hold = transaction.atomic,
) -> int:
    """Give open alerts their rank by the ``loaded`` forest, with its reasons; how many. Safe to repeat.

    ``only_new``: those that have none. ``orders``, where they have been read already.
    """
    alerts = FraudAlert.objects.open().filter(order__member__status__in=SCORED_MEMBERS)
    if only_new:
        alerts = alerts.filter(unusual=None)
    waiting = {alert.order_id: alert for alert in alerts.select_related("order").order_by("pk")}
    if not waiting:
        return 0
    orders = load_orders() if orders is None else orders
    rows = _rows_of(orders, waiting)
    for start in range(0, len(rows), ALERTS_AT_ONCE):
        some = rows[start : start + ALERTS_AT_ONCE]
        ranked = _ranked(loaded, orders, some, waiting)
        with hold():
            FraudAlert.objects.bulk_update(ranked, ("unusual", "priority", "reasons"))
    return len(rows)


def _rows_of(orders: ShopOrders, waiting: dict[int, FraudAlert]) -> NDArray[np.intp]:
    import numpy as np

    return np.flatnonzero(np.isin(orders.ids, list(waiting)))


def _ranked(
    loaded: LoadedModel, orders: ShopOrders, rows: NDArray[np.intp], waiting: dict[int, FraudAlert]
) -> list[FraudAlert]:
    sequences = orders.sequences(rows=rows)
    shares = checked(loaded, loaded.estimator.score(sequences))
    facts = many_reasons(many_effects(loaded, sequences))
    ranked = []
    for order_id, share, reasons in zip(orders.ids[rows].tolist(), shares, facts, strict=True):
        alert = waiting[order_id]
        alert.unusual = share
        alert.priority = priority_of(order=alert.order, probability=alert.probability, unusual=share)
        kept = [reason for reason in alert.reasons if not is_of_rank(reason)]
        alert.reasons = [*kept, *rank_reasons(share, reasons)]
        ranked.append(alert)
    return ranked


def stop_ranking() -> int:
    """A fraud model is live: no alert is ranked any more, and no forest is live; how many alerts were."""
    ModelVersion.objects.live(FAMILY).update(status=ModelVersion.Status.RETIRED, retired_at=timezone.now())
    return FraudAlert.objects.exclude(unusual=None).update(unusual=None)
