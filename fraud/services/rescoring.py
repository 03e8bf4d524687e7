"""Scores of many orders in the background: after a retrain, every night, and for orders that have none."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import repeat
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from fraud.features import SCORED_MEMBERS, PreparedOrders, ShopOrders, load_orders
from fraud.models import DecidedBy, Decision, FraudScore
from fraud.services.answering.answers import FAMILY, Explained, checked, many_effects, many_reasons
from fraud.services.desk.alerts import open_alerts, renew_open_alerts
from fraud.services.policies.in_force import in_force
from fraud.services.policies.past_scores import keep_past_scores
from fraud.services.policies.policy import setting_in_force
from fraud.services.reasons.of_orders import Reason
from fraud.services.unusual.ranking import stop_ranking
from learning.estimator import Progress, part, silent
from membership.members.figures import mark_dirty
from membership.models import Order
from membership.models.shop import the_shop
from registry.models import TrainingRun
from registry.services import LoadedModel, load_live
from registry.tables.bulk import upsert_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fraud.ml.orders.sequences import TransactionSequences

    Rows = NDArray[np.intp]

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
APPROVE, REVIEW, DECLINE = Decision.APPROVE.value, Decision.REVIEW.value, Decision.DECLINE.value


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
    progress(0.0, _("reading orders"))
    orders = load_orders()  # all: features look at the member's and the store's earlier orders
    chosen = _placed(orders, since=since, until=until)
    sequences = orders.sequences(rows=chosen)
    return _renew(loaded, orders, chosen, sequences, hold=hold, progress=progress)


def _placed(orders: ShopOrders, *, since: datetime | None, until: datetime | None) -> Rows:
    import numpy as np

    placed = orders.columns.placed_at
    wanted = np.ones(len(orders), bool)
    if since is not None:
        wanted &= placed >= int(since.timestamp())
    if until is not None:
        wanted &= placed < int(until.timestamp())
    return np.flatnonzero(wanted)


def _renew(
    loaded: LoadedModel,
    orders: ShopOrders,
    chosen: Rows,
    sequences: TransactionSequences,
    *,
    hold: Hold,
    progress: Progress,
) -> int:
    """Write the scores of the orders at ``chosen``, whose sequences are given, and renew the alerts."""
    scored_at = timezone.now()
    written = 0
    for part_of, made in _decided_ahead(loaded, orders, chosen, sequences):
        progress(0.2 + 0.8 * part_of.start / len(chosen), _("scoring orders"))
        rows = chosen[part_of]
        with hold():
            _mark_changed(orders, rows, made.decisions)
            written += _write(orders.ids[rows].tolist(), made, loaded=loaded, at=scored_at)
    with hold():
        stop_ranking()
        renew_open_alerts()
        open_alerts(at=scored_at)
    return written


def write_back(run: TrainingRun, progress: Progress) -> None:
    """Score every order with the live model, inside the lease of ``run``; keep what policies are tried on.

    Orders and their features are those that the training of this run has read. An order that came in since
    keeps the score that it was decided on, until ``score_recent_orders``.
    """
    loaded = load_live(FAMILY)
    progress(0.0, _("reading orders"))
    prepared = run.for_write_back
    if prepared is None:  # promoted by hand, or taken over from a worker that died
        orders = load_orders()
        prepared = PreparedOrders(orders, orders.sequences())
    orders, sequences = prepared.orders, prepared.sequences
    keep_past_scores(loaded=loaded, orders=orders, sequences=sequences, hold=run.holding)
    there = _still_there(orders)
    if len(there) < len(orders):
        sequences = sequences.select(there)
    _renew(loaded, orders, there, sequences, hold=run.holding, progress=part(progress, 0.1, 1.0))


def _still_there(orders: ShopOrders) -> Rows:
    """The rows of those that nobody has deleted, and whose members nobody has erased or merged."""
    import numpy as np

    ids = Order.objects.filter(member__status__in=SCORED_MEMBERS).order_by().values_list("pk", flat=True)
    return np.flatnonzero(np.isin(orders.ids, np.fromiter(ids.iterator(chunk_size=20_000), np.int64)))


def shards(*, since: datetime | None, days: int) -> list[tuple[datetime, datetime]]:
    """Stretches of ``days`` that together hold every order (every one placed from ``since`` on)."""
    from datetime import timedelta

    orders = Order.objects.all() if since is None else Order.objects.filter(placed_at__gte=since)
    ends = orders.aggregate(first=Min("placed_at"), last=Max("placed_at"))
    if ends["first"] is None:
        return []
    begins, stretches = since or ends["first"], []
    while begins <= ends["last"]:
        stretches.append((begins, begins + timedelta(days=days)))
        begins += timedelta(days=days)
    return stretches


def unscored_since(*, limit: datetime) -> datetime | None:
    """When the oldest order placed from ``limit`` on that has no probability was placed."""
    missing = Order.objects.filter(placed_at__gte=limit, fraud_score__probability=None)
    oldest: datetime | None = missing.aggregate(oldest=Min("placed_at"))["oldest"]
    return oldest


@dataclass(frozen=True)
class _Decided:
    """Of n orders: ``reasons`` of those that are not approved, by row."""

    probabilities: list[float]
    decisions: list[str]
    decided_by: list[str]
    reasons: dict[int, list[Reason]] = field(default_factory=dict)

    @property
    def stopped(self) -> list[int]:
        """The rows that are not approved."""
        return [row for row, decision in enumerate(self.decisions) if decision != APPROVE]


def _decided_ahead(
    loaded: LoadedModel, orders: ShopOrders, chosen: Rows, sequences: TransactionSequences
) -> Iterator[tuple[slice, _Decided]]:
    """Each slice of ``chosen`` with its decisions; while one is written, another thread scores the next."""
    from fraud.ml.models.lstm import one_thread

    slices = [slice(start, start + ROWS_AT_ONCE) for start in range(0, len(chosen), ROWS_AT_ONCE)]

    def score(one: slice) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = loaded.estimator.score(sequences.select(one))
        return scores

    def explain(one: slice, made: _Decided) -> list[Explained]:
        import numpy as np

        return many_effects(loaded, sequences.select(one).select(np.array(made.stopped, int)))

    # torch's number of threads belongs to the process: set here, so that two threads cannot disagree about it
    with one_thread(), ThreadPoolExecutor(1, thread_name_prefix="scoring") as pool:
        scores = [pool.submit(score, one) for one in slices[:1]]
        waiting: list[tuple[slice, _Decided, Future[list[Explained]]]] = []
        for number, one in enumerate(slices):
            made = _decided(loaded, orders, chosen[one], scores.pop().result())
            waiting.append((one, made, pool.submit(explain, one, made)))
            scores += [pool.submit(score, following) for following in slices[number + 1 : number + 2]]
            if number:
                yield _with_reasons(*waiting.pop(0))
        for last in waiting:
            yield _with_reasons(*last)


def _with_reasons(part_of: slice, made: _Decided, effects: Future[list[Explained]]) -> tuple[slice, _Decided]:
    reasons = dict(zip(made.stopped, many_reasons(effects.result()), strict=True))
    return part_of, replace(made, reasons=reasons)


def _decided(loaded: LoadedModel, orders: ShopOrders, rows: Rows, scores: NDArray[np.float32]) -> _Decided:
    """``scores`` (n,) of the orders at ``rows``, decided as at checkout but for what staff decided."""
    import numpy as np

    probabilities, ids = checked(loaded, scores), orders.ids[rows]
    decisions = _decisions(loaded, orders, rows, np.array(probabilities)).tolist()
    decided_by = [DecidedBy.POLICY.value] * len(decisions)
    kept = _decided_by_staff(ids.tolist())
    for row in np.flatnonzero(np.isin(ids, list(kept))).tolist():
        decisions[row], decided_by[row] = kept[int(ids[row])]
    return _Decided(probabilities, decisions, decided_by)


def _decisions(
    loaded: LoadedModel, orders: ShopOrders, rows: Rows, probabilities: NDArray[np.float64]
) -> NDArray[np.str_]:
    """By the setting in force; by the model's thresholds where no amount in its currency is known."""
    import numpy as np

    policy, parameters = in_force().policy, loaded.version.parameters
    currency = policy.currency if policy else ""
    ours, _policy = setting_in_force(policy, parameters=parameters, currency=currency)
    amounts = orders.columns.amount_cents[rows] / 100
    reviewed, declined = ours.decide_many(probabilities, amount=amounts)
    if policy is not None and (foreign := _foreign(orders.ids[rows], currency=currency)).any():
        others, _none = setting_in_force(None, parameters=parameters, currency="")
        reviewed[foreign], declined[foreign] = others.decide_many(
            probabilities[foreign], amount=amounts[foreign]
        )
    return np.select([declined, reviewed], [DECLINE, REVIEW], APPROVE)


def _foreign(ids: NDArray[np.int64], *, currency: str) -> NDArray[np.bool_]:
    """(n,) which of these orders have no amount in ``currency``."""
    import numpy as np

    if currency != the_shop().currency:
        return np.ones(len(ids), bool)
    others = Order.objects.filter(pk__gte=ids.min(), pk__lte=ids.max()).without_rate()
    return np.isin(ids, list(others.values_list("pk", flat=True)))


def _decided_by_staff(ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Order id -> decision, and what decided."""
    kept = FraudScore.objects.filter(
        order_id__gte=min(ids), order_id__lte=max(ids), decided_by__in=STAYS
    ).values_list("order_id", "decision", "decided_by")
    return {order_id: (decision, decided_by) for order_id, decision, decided_by in kept}


def _write(order_ids: Sequence[int], made: _Decided, *, loaded: LoadedModel, at: datetime) -> int:
    reasons = [
        json.dumps(made.reasons[row]) if made.reasons.get(row) else "[]" for row in range(len(order_ids))
    ]
    same = (repeat(loaded.version.pk), repeat(None), repeat(at))
    rows = zip(order_ids, made.probabilities, made.decisions, made.decided_by, reasons, *same, strict=False)
    return upsert_rows(
        model=FraudScore, columns=COLUMNS, rows=rows, conflict=("order_id",), update=COLUMNS[1:]
    )


def _mark_changed(orders: ShopOrders, rows: Rows, decisions: Sequence[str]) -> None:
    """Mark the members of orders whose decision is another one now."""
    ids = orders.ids[rows].tolist()
    suspects = FraudScore.objects.exclude(decision=Decision.APPROVE).filter(
        order_id__gte=min(ids), order_id__lte=max(ids)
    )
    before = dict(suspects.values_list("order_id", "decision"))
    changed = [
        int(member)
        for order_id, member, decision in zip(ids, orders.member_ids[rows], decisions, strict=True)
        if before.get(order_id, APPROVE) != decision
    ]
    if changed:
        mark_dirty(member_ids=changed)
