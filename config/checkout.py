"""The checkout: an order is stored first, then scored, and settled together with its score.

It is stored as *held*. What becomes of it: *approve* makes it paid (or pending, if the shop said so),
*review* leaves it to staff, *decline* declines it. Where a model is live and cannot answer, the decision is
*review* and says why: an order is never lost, and never waved through because a model failed. Before there is
a model, the amount decides (``fraud.services.policies.without_model``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rest_framework.exceptions import ValidationError

from fraud.models import Decision, FraudScore
from fraud.services.reasons.of_orders import unavailable_reason
from fraud.services.reasons.texts import reason_text
from fraud.services.scoring import score_order
from learning.json_types import JsonMapping, JsonObject
from membership.errors import FieldError, Rejected, flat_errors
from membership.models import Order
from membership.orders.api.serializers import OrderInput
from membership.orders.stock import Shortage, shortages_of
from membership.orders.taking import create_order, settle_order

logger = logging.getLogger(__name__)
STATUS_AFTER = {Decision.REVIEW: Order.Status.HELD, Decision.DECLINE: Order.Status.DECLINED}


@dataclass(frozen=True)
class CheckoutResult:
    """A stored order and what was decided; ``reasons`` are ``{"code", "text"}``, strongest first.

    ``shortages`` are the lines for which there was too little in stock.
    """

    order: Order
    decision: str
    probability: float | None
    reasons: list[dict[str, str]]
    model_version: str | None
    latency_ms: float | None
    is_new: bool
    shortages: Sequence[Shortage] = ()


def place_order(*, data: JsonMapping, source: str) -> CheckoutResult:
    """Take in one order as ``POST /api/v1/orders/`` does; ``source`` is for the log.

    ``data`` holds the fields of ``OrderInput``. The same order again (its number and content) gets the same
    result. Raises Rejected (bad input) and Conflict, both with ``message`` and ``errors``; nothing was
    written then. Conflict also where the shop refuses orders for more than there is.
    """
    draft = _checked(data)
    shortages: list[Shortage] = []
    order, is_new = create_order(draft=draft, on_shortage=shortages.append)
    settle = partial(_settle, order, approved=draft["status"])
    score = (None if is_new else _stored_score(order, settle)) or _score(order, settle)
    logger.debug("order %s from %s: %s, %s", order.order_no, source, score.decision, order.status)
    return CheckoutResult(
        order=order,
        decision=str(score.decision),
        probability=score.probability,
        reasons=[{"code": str(one["code"]), "text": reason_text(one)} for one in score.reasons],
        model_version=str(score.model_version) if score.model_version else None,
        latency_ms=score.latency_ms,
        is_new=is_new,
        shortages=_short(order, shortages if is_new else shortages_of(order=order)),
    )


def _short(order: Order, shortages: Sequence[Shortage]) -> Sequence[Shortage]:
    """Nothing is missing of an order whose goods stay with the shop."""
    return () if order.status in Order.RELEASED else shortages


def _checked(data: JsonMapping) -> JsonObject:
    serializer = OrderInput(data=data)
    try:
        serializer.is_valid(raise_exception=True)
    except ValidationError as error:
        errors = [FieldError(**one) for one in flat_errors(error.detail)]
        first = errors[0]
        raise Rejected(
            f"{first.field}: {first.message}" if first.field else first.message, errors=errors
        ) from None
    return dict(serializer.validated_data)


def _settle(order: Order, decision: Decision, *, approved: str) -> None:
    settle_order(order=order, status=STATUS_AFTER.get(decision, approved))


def _stored_score(order: Order, settle: Callable[[Decision], None]) -> FraudScore | None:
    """The score of an order that came in before; None when its scoring was cut short.

    If it was scored in the background since, it is still held, and there is nobody else to settle it as long
    as it has no alert.
    """
    score = FraudScore.objects.select_related("model_version").filter(order=order).first()
    if score is not None and order.status == Order.Status.HELD and not hasattr(order, "fraud_alert"):
        settle(Decision(score.decision))
    return score


def _score(order: Order, settle: Callable[[Decision], None]) -> FraudScore:
    try:
        return score_order(order=order, settle=settle)
    except Exception:
        logger.exception("order %s could not be scored", order.order_no)
        return _unscored(order)


def _unscored(order: Order) -> FraudScore:
    values = {
        "decision": Decision.REVIEW,
        "probability": None,
        "reasons": [unavailable_reason()],
        "model_version": None,
    }
    order.status = Order.Status.HELD  # whatever the transaction that failed had made of it
    try:
        score = FraudScore.objects.update_or_create(order=order, defaults=values)[0]
        order.refresh_from_db(fields=("status",))
        return score
    except Exception:
        logger.exception("the decision on order %s could not be stored", order.order_no)
        return FraudScore(order=order, **values)
