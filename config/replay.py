"""The living demo: the held-back days happen, two hours of shop time a minute.

Orders go through the checkout as a storefront's would, so alerts open and scores move while one watches.
A tick may be repeated: orders, events and labels that are there already are left as they are.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from config.checkout import place_order
from demo.replay import NoDemoError, ReplayBatch, ReplayLabel, ReplayOrder, due, window
from fraud.services.scoring import warm_up
from membership.errors import ServiceError
from membership.models import DemoReplay, Order
from membership.orders.events import record_events
from membership.orders.taking import label_order
from registry.models import ModelVersion

logger = logging.getLogger(__name__)
FAMILIES = ("recommendations", "fraud")
EVENTS_A_CALL = 500


def replay_demo(*, minutes: int) -> int:
    """Let the next ``minutes`` of shop time happen, never past now; the number of orders placed.

    Does nothing without a demo shop, before both models are live, and once the held-back days are over.
    """
    clock = _clock()
    if clock is None:
        return 0
    after = clock.replayed_until
    until = min(after + timedelta(minutes=minutes), clock.ends_at, timezone.now())
    if until <= after:
        return 0
    batch = due(directory=Path(settings.DEMO_DIR), after=after, until=until)
    if batch.orders:
        warm_up()  # a worker that has just started would send its first orders to review, for want of time
    placed = sum(_place(order) for order in batch.orders)
    _record_events(batch)
    for label in batch.labels:
        _label(label)
    # a second ticker that overlapped has moved the clock already; its work was the same
    DemoReplay.objects.filter(pk=clock.pk, replayed_until=after).update(replayed_until=until)
    logger.info("demo: %d orders up to %s", placed, timezone.localtime(until).strftime("%Y-%m-%d %H:%M"))
    return placed


def _clock() -> DemoReplay | None:
    clock = DemoReplay.objects.first()
    if clock is not None:
        return clock
    live = ModelVersion.objects.filter(family__in=FAMILIES, status=ModelVersion.Status.LIVE)
    if live.count() < len(FAMILIES):
        return None
    try:
        begins_at, ends_at = window(directory=Path(settings.DEMO_DIR))
    except NoDemoError:
        return None
    return DemoReplay.objects.get_or_create(pk=1, defaults={"replayed_until": begins_at, "ends_at": ends_at})[
        0
    ]


def _place(order: ReplayOrder) -> int:
    data = {
        "member": order.member_no,
        "order_no": order.order_no,
        "placed_at": order.placed_at,
        "currency": order.currency,
        "store": order.store,
        "channel": order.channel,
        "payment_method": order.payment_method,
        "payment_fingerprint": order.payment_fingerprint,
        "device_fingerprint": order.device_fingerprint,
        "address_fingerprint": order.address_fingerprint,
        "ip": order.ip or None,
        "billing_country": order.billing_country,
        "shipping_country": order.shipping_country,
        "coupon": order.coupon,
        "lines": [
            {
                "sku": line.sku,
                "quantity": line.quantity,
                "unit_price": line.unit_price,
                "discount": line.discount,
            }
            for line in order.lines
        ],
    }
    try:
        place_order(data=data, source="demo")
    except ServiceError as error:  # a member that staff froze or erased does not order any more
        logger.info("demo order %s was refused: %s", order.order_no, error.message)
        return 0
    return 1


def _record_events(batch: ReplayBatch) -> None:
    for start in range(0, len(batch.events), EVENTS_A_CALL):
        record_events(
            drafts=[
                {
                    "member": event.member_no,
                    "type": event.type,
                    "sku": event.sku,
                    "occurred_at": event.occurred_at,
                    "session": event.session,
                }
                for event in batch.events[start : start + EVENTS_A_CALL]
            ]
        )


def _label(label: ReplayLabel) -> None:
    order = Order.objects.filter(order_no=label.order_no).first()
    if order is not None:
        label_order(order=order, is_fraud=label.is_fraud, source=label.source, known_at=label.known_at)
