"""Alerts: opened for suspect orders, closed by a verdict that becomes the order's label."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from fraud.models import AlertReview, Decision, FraudAlert, FraudScore, Suppression
from membership.errors import Conflict, rejected
from membership.models import Order
from membership.orders.moving import reopen_order
from membership.orders.taking import REVIEW, label_order, release_held_order
from registry.tables.bulk import insert_rows

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ALERT_DAYS = 30
"""Older orders raise no alert: their goods have been delivered."""
LEFT_MINUTES = 5
"""An order held for longer without a decision was left by a process that died."""
THOUSANDTH = Decimal("0.001")
LARGEST_PRIORITY = Decimal("99999999999.999")
"""What its column holds."""
ALERT_COLUMNS = (
    "public_id", "order_id", "state", "priority", "probability", "unusual", "reasons", "opened_at",
)  # fmt: skip
_CLOSED_AS = {
    AlertReview.Verdict.FRAUD: FraudAlert.State.CONFIRMED,
    AlertReview.Verdict.GENUINE: FraudAlert.State.DISMISSED,
}


def expected_loss(*, probability: float | None, amount: Decimal) -> Decimal:
    """What the order is expected to cost; its whole amount while there is no probability."""
    share = Decimal(1) if probability is None else Decimal(repr(probability))
    return (share * amount).quantize(THOUSANDTH)


def _at_stake(order: Order) -> Decimal:
    """In the shop's currency; 0 while there is no rate."""
    return order.in_shop_currency(order.total) or Decimal(0)


def priority_of(*, order: Order, probability: float | None, unusual: float | None = None) -> Decimal:
    """What the queue is sorted by: the expected loss. While no model is live, the amount times how rare it is
    that an order is so unusual: one more unusual than 99 % is one of a hundred and counts a hundred times.
    """
    loss = expected_loss(probability=probability, amount=_at_stake(order))
    if probability is not None or unusual is None:
        return loss
    return min((loss / (1 - Decimal(repr(unusual)))).quantize(THOUSANDTH), LARGEST_PRIORITY)


def open_alert(*, order: Order, score: FraudScore, at: datetime, unusual: float | None = None) -> None:
    """Open the order's alert if it has none; an open one gets the new score and rank."""
    priority = priority_of(order=order, probability=score.probability, unusual=unusual)
    row = _alert_row(order.pk, priority, score, at=at, unusual=unusual)
    # one statement for nearly all orders: only one that is scored again has its alert already
    if not insert_rows(model=FraudAlert, columns=ALERT_COLUMNS, rows=[row], ignore_conflicts=True):
        FraudAlert.objects.filter(order=order, closed_at=None).update(
            probability=score.probability, unusual=unusual, priority=priority, reasons=score.reasons
        )


def _alert_row(
    order_id: int, priority: Decimal, score: FraudScore, *, at: datetime, unusual: float | None = None
) -> tuple[object, ...]:
    """ALERT_COLUMNS."""
    reasons = json.dumps(score.reasons)
    return (
        uuid.uuid4(), order_id, FraudAlert.State.OPEN.value, priority, score.probability, unusual, reasons, at
    )  # fmt: skip


def renew_open_alerts() -> int:
    """Give open alerts the newest score of their order; how many alerts."""
    alerts = list(FraudAlert.objects.open().select_related("order__fraud_score"))
    scored = [alert for alert in alerts if hasattr(alert.order, "fraud_score")]
    for alert in scored:
        score = alert.order.fraud_score
        alert.probability, alert.reasons = score.probability, score.reasons
        if score.probability is not None:
            alert.unusual = None
        alert.priority = priority_of(order=alert.order, probability=score.probability, unusual=alert.unusual)
    changed = ("probability", "unusual", "priority", "reasons")
    FraudAlert.objects.bulk_update(scored, changed, batch_size=500)
    return len(scored)


def open_alerts(*, at: datetime) -> int:
    """Open an alert for every suspect, unlabelled order of the last ALERT_DAYS that has none; the number.

    Also for every order that stayed held because the process that was to decide on it died.
    """
    trusted = Suppression.objects.active(at=at)
    left_held = Q(
        order__status=Order.Status.HELD, order__imported_at__lt=at - timedelta(minutes=LEFT_MINUTES)
    )
    suspects = (
        FraudScore.objects.filter(~Q(decision=Decision.APPROVE) | left_held)
        .filter(
            order__placed_at__gt=at - timedelta(days=ALERT_DAYS),
            order__is_fraud=None,
            order__fraud_alert=None,
        )
        .exclude(order__member__in=trusted.filter(member__isnull=False).values("member"))
        .exclude(order__device_fingerprint__in=trusted.exclude(device="").values("device"))
        .select_related("order")
        .order_by("pk")
    )
    rows = [
        _alert_row(
            score.order_id,
            priority_of(order=score.order, probability=score.probability),
            score,
            at=at,
        )
        for score in suspects
    ]
    return insert_rows(model=FraudAlert, columns=ALERT_COLUMNS, rows=rows, ignore_conflicts=True)


def review_alert(
    *,
    alert: FraudAlert,
    reviewer: User | None,
    verdict: str,
    note: str = "",
    reopen: bool = False,
    who: str = "",
    at: datetime | None = None,
) -> AlertReview:
    """Record a verdict. *Fraud* and *genuine* close the alert, label the order and end its hold.

    *Unsure* takes the alert into review. A verdict on a closed alert corrects it. The label counts in the
    next retrain. A declined order stays declined unless *genuine* comes with ``reopen``; ``who`` gave the
    verdict, where it was no ``reviewer``. Raises Conflict when a label that became known later says
    otherwise, or there is nothing to reopen.
    """
    at = at or timezone.now()
    who = reviewer.get_username() if reviewer is not None else who
    chosen = AlertReview.Verdict(verdict)
    if reopen and chosen != AlertReview.Verdict.GENUINE:
        raise rejected("reopen", _("Only a genuine order is reopened."))
    with transaction.atomic():
        locked = FraudAlert.objects.select_for_update(no_key=True).select_related("order").get(pk=alert.pk)
        if chosen in _CLOSED_AS:
            _label(order=locked.order, is_fraud=chosen == AlertReview.Verdict.FRAUD, at=at, who=who)
            if reopen:
                reopen_declined(order=locked.order, who=who, reason=note)
            locked.state, locked.closed_at = _CLOSED_AS[chosen], at
        elif locked.closed_at is None:
            locked.state = FraudAlert.State.IN_REVIEW
        else:
            raise Conflict(_("This alert is closed; a new verdict must say fraud or genuine."))
        if locked.assignee_id is None:
            locked.assignee = reviewer
        locked.save(update_fields=("state", "closed_at", "assignee"))
        review = AlertReview.objects.create(
            alert=locked, reviewer=reviewer, verdict=chosen, note=note, reviewed_at=at
        )
    alert.refresh_from_db()
    return review


def reopen_declined(*, order: Order, who: str, reason: str = "") -> None:
    """Give an order that was declined wrongly its way again. Raises Conflict where it is not declined, or no
    verdict said that it is genuine.
    """
    with transaction.atomic():
        order.refresh_from_db(fields=("status", "is_fraud"))
        if order.status != Order.Status.DECLINED:
            raise Conflict(_("The order is not declined: there is nothing to reopen."))
        if order.is_fraud is not False:
            raise Conflict(_("Say first that the order is genuine."))
        reopen_order(order=order, source=REVIEW, who=who, reason=reason)
    order.refresh_from_db(fields=("status",))


def _label(*, order: Order, is_fraud: bool, at: datetime, who: str) -> None:
    known_at = max(at, order.placed_at)  # counts although the clock of this machine may be slow
    if not label_order(order=order, is_fraud=is_fraud, source=Order.LabelSource.REVIEW, known_at=known_at):
        raise Conflict(_("A later outcome of this order is known already and is kept."))
    release_held_order(order=order, genuine=not is_fraud, who=who)
