"""Scoring: one order while the buyer waits, or many in the background."""

from __future__ import annotations

import base64
import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from fraud.features import ShopOrders, load_history, load_orders
from fraud.models import Decision, DecisionLog, FraudScore
from fraud.services.alerts import open_alert, open_alerts, renew_open_alerts
from fraud.services.policy import Thresholds
from fraud.services.reasons import Reason, reasons_of, unavailable_reason
from learning.estimator import Progress, silent
from membership.features import mark_dirty
from membership.models import Order
from registry.bulk import upsert_rows
from registry.models import ModelVersion, TrainingRun
from registry.services import LoadedModel, NoLiveModel, load_live

if TYPE_CHECKING:
    import numpy as np

    from fraud.ml.transaction_sequences import TransactionSequences

logger = logging.getLogger(__name__)
FAMILY = "fraud"
ROWS_AT_ONCE = 20_000
EXPLAINED_AT_ONCE = 256
Hold = Callable[[], AbstractContextManager[None]]
"""Opens the transaction that one batch of rows is written in."""

SCORE_FIELDS = ("probability", "decision", "reasons", "model_version", "latency_ms", "scored_at")
COLUMNS = ("order_id", "probability", "decision", "reasons", "model_version_id", "latency_ms", "scored_at")


@dataclass(frozen=True)
class Assessment:
    """What the model made of one order; ``probability`` is None when it could not answer."""

    probability: float | None
    decision: Decision
    reasons: list[Reason]
    version: ModelVersion | None
    thresholds: dict[str, Any]
    features: dict[str, Any]


def score_order(*, order: Order) -> FraudScore:
    """Score a stored order with the live model, log the decision, and open an alert unless it is approved.

    Never fails for want of a model: the decision then is *review*, with the reason ``model_unavailable``.
    Safe to repeat: the newest score counts, every decision is logged.
    """
    started = time.perf_counter()
    try:
        assessment = _assess(order)
    except NoLiveModel as error:
        logger.warning("order %s goes to review: %s", order.order_no, error)
        assessment = _unanswered()
    except Exception:  # whatever a model, its file or an odd order can come up with: the buyer is waiting
        logger.exception("order %s could not be scored", order.order_no)
        assessment = _unanswered()
    latency_ms = round((time.perf_counter() - started) * 1_000, 3)
    return _recorded(order, assessment, latency_ms=latency_ms)


def warm_up() -> None:
    """Load the live model and run it once, so that no buyer waits for that. Quiet without a model."""
    newest = Order.objects.order_by("-placed_at", "-id").first()
    if newest is None:
        return
    try:
        _assess(newest)
    except NoLiveModel as error:
        logger.info("nothing to warm up: %s", error)


def score_orders(
    *,
    loaded: LoadedModel,
    since: datetime | None = None,
    hold: Hold = transaction.atomic,
    progress: Progress = silent,
) -> int:
    """Renew the scores of all orders (of those placed ``since``), and open or renew alerts.

    An order is scored with what was known when it was placed. Written in slices, each inside ``hold()``; safe
    to repeat. Returns the number of scores written.
    """
    import numpy as np

    progress(0.0, _("reading orders"))
    orders = load_orders()  # all of them: what an order's store saw may be of any member and any time
    chosen = np.arange(len(orders))
    if since is not None:
        chosen = np.flatnonzero(orders.columns.placed_at >= int(since.timestamp()))
    sequences = orders.sequences(rows=chosen)
    thresholds = Thresholds.from_parameters(loaded.version.parameters)
    scored_at = timezone.now()
    written = 0
    for start in range(0, len(chosen), ROWS_AT_ONCE):
        progress(0.2 + 0.8 * start / len(chosen), _("scoring orders"))
        rows = chosen[start : start + ROWS_AT_ONCE]
        batch = sequences.select(slice(start, start + ROWS_AT_ONCE))
        scored = list(_scored(loaded, batch, thresholds=thresholds))
        with hold():
            _mark_changed(orders, rows, [decision for _probability, decision, _reasons in scored])
            written += _write(orders.ids[rows].tolist(), scored, version=loaded.version, at=scored_at)
    with hold():
        renew_open_alerts()
        open_alerts(at=scored_at)
    return written


def _write(
    order_ids: Sequence[int],
    scored: Sequence[tuple[float, Decision, list[Reason]]],
    *,
    version: ModelVersion,
    at: datetime,
) -> int:
    return upsert_rows(
        model=FraudScore,
        columns=COLUMNS,
        rows=(
            (order_id, probability, decision.value, json.dumps(reasons), version.pk, None, at)
            for order_id, (probability, decision, reasons) in zip(order_ids, scored, strict=True)
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


def write_back(run: TrainingRun, progress: Progress) -> None:
    """Score every order with the live model, inside the lease of ``run``."""
    score_orders(loaded=load_live(FAMILY), hold=run.holding, progress=progress)


def replay(*, log: DecisionLog) -> float:
    """The probability that the logged model gives to what it saw then; equal to the logged one.

    Raises NoLiveModel when the version's file is gone or damaged.
    """
    from registry.services.versions import load_version

    if log.model_version is None:
        raise ValueError(_("No model took part in this decision."))
    sequences = _unpacked(log.features)
    return float(load_version(version=log.model_version).estimator.score(sequences)[0])


def _assess(order: Order) -> Assessment:
    import numpy as np

    loaded = load_live(FAMILY)
    thresholds = Thresholds.from_parameters(loaded.version.parameters)
    history = load_history(order=order)
    sequences = history.sequences(rows=np.array([len(history) - 1]))
    ((probability, decision, reasons),) = _scored(loaded, sequences, thresholds=thresholds, explain_all=True)
    return Assessment(
        probability, decision, reasons, loaded.version, thresholds.as_parameters(), _packed(sequences)
    )


def _recorded(order: Order, assessment: Assessment, *, latency_ms: float) -> FraudScore:
    """Write score, log and alert in one transaction."""
    now = timezone.now()
    answer: dict[str, Any] = {
        "order": order,
        "probability": assessment.probability,
        "decision": assessment.decision,
        "reasons": assessment.reasons,
        "model_version": assessment.version,
        "latency_ms": latency_ms,
    }
    with transaction.atomic():
        score = FraudScore(**answer, scored_at=now)
        # one statement, and the newest score of an order counts
        FraudScore.objects.bulk_create(
            [score], update_conflicts=True, unique_fields=("order",), update_fields=SCORE_FIELDS
        )
        DecisionLog.objects.create(
            **answer, features=assessment.features, thresholds=assessment.thresholds, decided_at=now
        )
        if assessment.decision != Decision.APPROVE:
            open_alert(order=order, score=score, at=now)
        mark_dirty(member_ids=[order.member_id])
    return score


def _unanswered() -> Assessment:
    return Assessment(None, Decision.REVIEW, [unavailable_reason()], None, {}, {})


def _scored(
    loaded: LoadedModel,
    sequences: TransactionSequences,
    *,
    thresholds: Thresholds,
    explain_all: bool = False,
) -> Iterator[tuple[float, Decision, list[Reason]]]:
    """(probability, decision, reasons) of each order; approved ones go without reasons unless told."""
    import numpy as np

    probabilities = loaded.estimator.score(sequences).tolist()
    if not all(math.isfinite(value) and 0 <= value <= 1 for value in probabilities):
        raise ValueError(f"{loaded.version} gave a score that is no probability")
    decisions = [thresholds.decide(value) for value in probabilities]
    chosen = [row for row, decision in enumerate(decisions) if explain_all or decision != Decision.APPROVE]
    reasons = dict(zip(chosen, _explained(loaded, sequences.select(np.array(chosen, int))), strict=True))
    for row, (probability, decision) in enumerate(zip(probabilities, decisions, strict=True)):
        yield probability, decision, reasons.get(row, [])


def _explained(loaded: LoadedModel, sequences: TransactionSequences) -> list[list[Reason]]:
    from fraud.ml.explanation import explain

    found: list[list[Reason]] = []
    for batch in sequences.batches(EXPLAINED_AT_ONCE):
        compact = batch.compacted()
        effects = explain(loaded.estimator.score, compact, typical=loaded.estimator.typical_step)
        found += reasons_of(effects=effects, sequences=compact)
    return found


def _packed(sequences: TransactionSequences) -> dict[str, Any]:
    """All that the model saw, bit for bit, as JSON can hold it."""
    compact = sequences.compacted()
    return {
        "steps": _bytes(compact.steps),
        "window": compact.window[0].tolist(),
        "labels": _bytes(compact.labels),
        "place": _bytes(compact.place),
        "context": _bytes(compact.context),
    }


def _bytes(values: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")


def _unpacked(features: dict[str, Any]) -> TransactionSequences:
    import numpy as np

    from fraud.ml.place_history import PLACE_LENGTH
    from fraud.ml.transaction_sequences import LENGTH, TransactionSequences

    def stored(name: str) -> np.ndarray[Any, Any]:
        return np.frombuffer(base64.b64decode(features[name]), "<f4").astype(np.float32)

    window = np.array([features["window"]], np.int64)
    return TransactionSequences(
        steps=stored("steps").reshape(window.max() + 1, -1),
        window=window,
        labels=stored("labels").reshape(1, LENGTH, -1),
        place=stored("place").reshape(1, PLACE_LENGTH, -1),
        context=stored("context").reshape(1, -1),
    )
