"""Scores of many orders in the background: after a retrain, every night, and for orders that have none."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from fraud.features import ShopOrders, load_orders
from fraud.models import DecidedBy, Decision, FraudScore
from fraud.services.answering import FAMILY, checked, explained
from fraud.services.desk.alerts import open_alerts, renew_open_alerts
from fraud.services.policies.in_force import in_force
from fraud.services.policies.past_scores import keep_past_scores
from fraud.services.policies.policy import setting_in_force
from fraud.services.reasons import Reason
from learning.estimator import Progress, part, silent
from membership.members.figures import mark_dirty
from membership.models import Order
from registry.bulk import upsert_rows
from registry.models import TrainingRun
from registry.services import LoadedModel, load_live

if TYPE_CHECKING:
    import numpy as np

    from fraud.ml.orders.sequences import TransactionSequences

logger = logging.getLogger(__name__)
ROWS_AT_ONCE = 20_000
Hold = Callable[[], AbstractContextManager[None]]
"""Opens the transaction that one batch of rows is written in."""
COLUMNS = (
    "order_id", "probability", "decision", "decided_by", "reasons", "model_version_id", "latency_ms",
    "scored_at",
)  # fmt: skip
STAYS = (DecidedBy.BLOCK_LIST, DecidedBy.ALLOW_LIST, DecidedBy.RULE, DecidedBy.SUPPRESSED)
"""What staff decided themselves; a new score of the model does not overrule it afterwards."""
Scored = tuple[float, Decision, DecidedBy, list[Reason]]


def score_orders(
    *,
    loaded: LoadedModel,
    since: datetime | None = None,
    until: datetime | None = None,
    hold: Hold = transaction.atomic,
    progress: Progress = silent,
) -> int:
    """Renew the scores of all orders (of those placed from ``since`` on, before ``until``), and the alerts.

    An order is scored with what was known when it was placed. Written in slices, each inside ``hold()``; safe
    to repeat. Returns the number of scores written.
    """
    import numpy as np

    progress(0.0, _("reading orders"))
    orders = load_orders()  # all: features look at the member's and the store's earlier orders
    placed = orders.columns.placed_at
    wanted = np.ones(len(orders), bool)
    if since is not None:
        wanted &= placed >= int(since.timestamp())
    if until is not None:
        wanted &= placed < int(until.timestamp())
    chosen = np.flatnonzero(wanted)
    sequences = orders.sequences(rows=chosen)
    scored_at = timezone.now()
    written = 0
    for start in range(0, len(chosen), ROWS_AT_ONCE):
        progress(0.2 + 0.8 * start / len(chosen), _("scoring orders"))
        rows = chosen[start : start + ROWS_AT_ONCE]
        batch = sequences.select(slice(start, start + ROWS_AT_ONCE))
        scored = list(_scored(loaded, orders, rows, batch))
        with hold():
            _mark_changed(orders, rows, [decision for _probability, decision, *_rest in scored])
            written += _write(orders.ids[rows].tolist(), scored, loaded=loaded, at=scored_at)
    with hold():
        renew_open_alerts()
        open_alerts(at=scored_at)
    return written


def write_back(run: TrainingRun, progress: Progress) -> None:
    """Score every order with the live model, inside the lease of ``run``; keep what policies are tried on."""
    loaded = load_live(FAMILY)
    keep_past_scores(loaded=loaded, hold=run.holding)
    score_orders(loaded=loaded, hold=run.holding, progress=part(progress, 0.1, 1.0))


def shards(*, since: datetime | None, days: int) -> list[tuple[datetime, datetime]]:
    """Stretches of ``days`` that together hold every order (every one placed from ``since`` on)."""
    from datetime import timedelta

    orders = Order.objects.all() if since is None else Order.objects.filter(placed_at__gte=since)
    ends = orders.aggregate(first=Min("placed_at"), last=Max("placed_at"))
    if ends["first"] is None:
        return []
    begins, found = since or ends["first"], []
    while begins <= ends["last"]:
        found.append((begins, begins + timedelta(days=days)))
        begins += timedelta(days=days)
    return found


def unscored_since(*, limit: datetime) -> datetime | None:
    """When the oldest order placed from ``limit`` on that has no probability was placed."""
    missing = Order.objects.filter(placed_at__gte=limit, fraud_score__probability=None)
    oldest: datetime | None = missing.aggregate(oldest=Min("placed_at"))["oldest"]
    return oldest


def _scored(
    loaded: LoadedModel, orders: ShopOrders, rows: np.ndarray[Any, Any], sequences: TransactionSequences
) -> Iterator[Scored]:
    """Of each order; approved ones go without reasons."""
    import numpy as np

    probabilities = checked(loaded, loaded.estimator.score(sequences))
    ids, amounts = orders.ids[rows].tolist(), (orders.columns.amount_cents[rows] / 100).tolist()
    stays = _decided_by_staff(ids)
    decide = _decider(loaded, ids)
    decisions = [
        stays.get(order_id) or (decide(order_id, probability, amount), DecidedBy.POLICY)
        for order_id, probability, amount in zip(ids, probabilities, amounts, strict=True)
    ]
    chosen = [row for row, (decision, _by) in enumerate(decisions) if decision != Decision.APPROVE]
    reasons = dict(zip(chosen, explained(loaded, sequences.select(np.array(chosen, int))), strict=True))
    for row, (probability, (decision, decided_by)) in enumerate(zip(probabilities, decisions, strict=True)):
        yield probability, decision, decided_by, reasons.get(row, [])


def _decider(loaded: LoadedModel, ids: Sequence[int]) -> Callable[[int, float, float], Decision]:
    """The setting in force; orders in another currency than the policy's follow the model's thresholds."""
    policy, parameters = in_force().policy, loaded.version.parameters
    ours, _policy = setting_in_force(
        policy, parameters=parameters, currency=policy.currency if policy else ""
    )
    others, _none = setting_in_force(None, parameters=parameters, currency="")
    foreign: set[int] = set()
    if policy is not None:
        around = Order.objects.filter(pk__gte=min(ids), pk__lte=max(ids)).exclude(currency=policy.currency)
        foreign = set(around.values_list("pk", flat=True))

    def decide(order_id: int, probability: float, amount: float) -> Decision:
        return (others if order_id in foreign else ours).decide(probability, amount=amount)

    return decide


def _decided_by_staff(ids: Sequence[int]) -> dict[int, tuple[Decision, DecidedBy]]:
    kept = FraudScore.objects.filter(
        order_id__gte=min(ids), order_id__lte=max(ids), decided_by__in=STAYS
    ).values_list("order_id", "decision", "decided_by")
    return {order_id: (Decision(decision), DecidedBy(by)) for order_id, decision, by in kept}


def _write(order_ids: Sequence[int], scored: Sequence[Scored], *, loaded: LoadedModel, at: datetime) -> int:
    return upsert_rows(
        model=FraudScore,
        columns=COLUMNS,
        rows=(
            (
                order_id,
                probability,
                decision.value,
                by.value,
                json.dumps(reasons),
                loaded.version.pk,
                None,
                at,
            )
            for order_id, (probability, decision, by, reasons) in zip(order_ids, scored, strict=True)
        ),
        conflict=("order_id",),
        update=COLUMNS[1:],
    )


def _mark_changed(orders: ShopOrders, rows: np.ndarray[Any, Any], decisions: Sequence[Decision]) -> None:
    """Mark the members of orders whose decision is another one now."""
    ids = orders.ids[rows].tolist()
    suspects = FraudScore.objects.exclude(decision=Decision.APPROVE).filter(
        order_id__gte=min(ids), order_id__lte=max(ids)
    )
    before = dict(suspects.values_list("order_id", "decision"))
    changed = [
        int(member)
        for order_id, member, decision in zip(ids, orders.member_ids[rows], decisions, strict=True)
        if before.get(order_id, Decision.APPROVE) != decision
    ]
    if changed:
        mark_dirty(member_ids=changed)
