"""The page of one alert: the member's orders around it, the reasons, and linked members."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import Q

from fraud.models import AlertNote, AlertReview, Decision, FraudAlert, FraudScore
from fraud.services.desk.drawing import Effect, effects_on
from fraud.services.desk.links import Link, links_of_order
from fraud.services.reasons.of_orders import percent_of
from fraud.services.reasons.texts import reason_text
from membership.models import Order

ORDERS_SHOWN = 16
LINKED_SHOWN = 10


@dataclass(frozen=True)
class Step:
    """One order of the sequence; ``changed`` names what differs from the order before."""

    order: Order
    is_alerted: bool
    changed: dict[str, bool]
    effect: Effect | None = None


@dataclass(frozen=True)
class AlertPage:
    """Everything on the page of one alert; ``reasons`` are (text, width of its bar in per cent)."""

    alert: FraudAlert
    score: FraudScore | None
    decision: str
    reasons: list[tuple[str, int]]
    steps: list[Step]
    links: list[Link]
    reviews: list[AlertReview]
    notes: list[AlertNote]
    verdicts: list[tuple[str, object]]
    unusual_percent: int | None = None


def alert_page(*, alert: FraudAlert) -> AlertPage:
    """What the page of ``alert`` shows, by the score that its order has now."""
    score = FraudScore.objects.select_related("model_version").filter(order_id=alert.order_id).first()
    strongest = max((reason.get("weight", 0.0) for reason in alert.reasons), default=0.0) or 1.0
    return AlertPage(
        alert=alert,
        score=score,
        decision=str(Decision(score.decision).label) if score else "",
        reasons=[
            (reason_text(reason), round(100 * reason.get("weight", 0.0) / strongest))
            for reason in alert.reasons
        ],
        steps=_drawn(_steps(alert.order), effects_on(alert.order)),
        links=links_of_order(alert.order)[:LINKED_SHOWN],
        notes=list(alert.notes.select_related("author")),
        reviews=list(alert.reviews.select_related("reviewer")),
        verdicts=list(AlertReview.Verdict.choices),
        unusual_percent=None if alert.unusual is None else percent_of(alert.unusual),
    )


def _steps(order: Order) -> list[Step]:
    """The order, the ones before it and the few after it, newest first."""
    mine = Order.objects.filter(member_id=order.member_id)
    at_or_before = Q(placed_at__lt=order.placed_at) | Q(placed_at=order.placed_at, pk__lte=order.pk)
    before = list(mine.filter(at_or_before).order_by("-placed_at", "-id")[: ORDERS_SHOWN + 1])
    after = list(mine.exclude(at_or_before).order_by("placed_at", "id")[:4])
    orders = [*reversed(after), *before]
    pairs = zip(orders, [*orders[1:], None], strict=True)
    steps = [Step(one, one.pk == order.pk, _changed(one, earlier)) for one, earlier in pairs]
    return steps[: len(after) + ORDERS_SHOWN]


def _drawn(steps: list[Step], effects: list[Effect]) -> list[Step]:
    """The alerted order and earlier ones, newest first, each with its effect on the model's output."""
    at = next((place for place, step in enumerate(steps) if step.is_alerted), 0)
    pairs = zip(steps[at:], [*effects, *[None] * len(steps)], strict=False)
    return [*steps[:at], *(replace(step, effect=effect) for step, effect in pairs)]


def _changed(order: Order, earlier: Order | None) -> dict[str, bool]:
    names = ("device_fingerprint", "payment_fingerprint", "address_fingerprint", "shipping_country")
    if earlier is None:
        return dict.fromkeys(names, False)
    pairs = {name: (getattr(earlier, name), getattr(order, name)) for name in names}
    return {name: bool(before and now) and before != now for name, (before, now) in pairs.items()}
