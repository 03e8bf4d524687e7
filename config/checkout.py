"""The checkout: an order is stored first, then scored, then settled.

What becomes of it: *approve* makes it paid (or pending, if the shop said so), *review* holds it for staff,
*decline* declines it. When the model cannot answer, the decision is *review* and says why: an order is never
lost, and never waved through for want of a model.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.exceptions import ValidationError

from config.api import flat_errors
from fraud.models import Decision, FraudScore
from fraud.services.reasons import reason_text, unavailable_reason
from fraud.services.scoring import score_order
from membership.api.serializers.orders import OrderInput
from membership.models import Order
from membership.services.errors import FieldError, Rejected
from membership.services.orders import create_order, settle_order

logger = logging.getLogger(__name__)
STATUS_AFTER = {Decision.REVIEW: Order.Status.HELD, Decision.DECLINE: Order.Status.DECLINED}


@dataclass(frozen=True)
class CheckoutResult:
    """A stored order and what was decided; ``reasons`` are ``{"code", "text"}``, strongest first."""

    order: Order
    decision: str
    probability: float | None
    reasons: list[dict[str, str]]
    model_version: str | None
    latency_ms: float | None
    is_new: bool


def place_order(*, data: Mapping[str, Any], source: str) -> CheckoutResult:
    """Take in one order as ``POST /api/v1/orders/`` does; ``source`` is for the log.

    ``data`` holds the fields of ``OrderInput``. The same order again (its number and content) gets the same
    result. Raises Rejected (bad input) and Conflict, both with ``message`` and ``errors``; nothing was
    written then.
    """
    draft = _checked(data)
    order, is_new = create_order(draft=draft)
    score = (None if is_new else _stored_score(order)) or _score(order)
    settle_order(order=order, status=STATUS_AFTER.get(Decision(score.decision), draft["status"]))
    logger.debug("order %s from %s: %s, %s", order.order_no, source, score.decision, order.status)
    return CheckoutResult(
        order=order,
        decision=str(score.decision),
        probability=score.probability,
        reasons=[{"code": str(one["code"]), "text": reason_text(one)} for one in score.reasons],
        model_version=str(score.model_version) if score.model_version else None,
        latency_ms=score.latency_ms,
        is_new=is_new,
    )


def _checked(data: Mapping[str, Any]) -> dict[str, Any]:
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


def _stored_score(order: Order) -> FraudScore | None:
    """The score of an order that came in before; None when its scoring was cut short."""
    return FraudScore.objects.select_related("model_version").filter(order=order).first()


def _score(order: Order) -> FraudScore:
    try:
        return score_order(order=order)
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
    try:
        return FraudScore.objects.update_or_create(order=order, defaults=values)[0]
    except Exception:
        logger.exception("the decision on order %s could not be stored", order.order_no)
        return FraudScore(order=order, **values)
