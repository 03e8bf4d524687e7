"""A small shop to look at: enough rows that every page has something to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from membership.models import ImportReport
from tests.factories import (
    EventFactory,
    FraudAlertFactory,
    FraudScoreFactory,
    MemberFactory,
    ModelVersionFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    RecommendationFactory,
    SegmentMembershipFactory,
    TagFactory,
    TrainingRunFactory,
)


@dataclass(frozen=True)
class Shop:
    """The rows that tests look for."""

    maria: Any
    alert: Any


def small_shop() -> Shop:
    now = timezone.now()
    maria = MemberFactory(name="Maria Jensen", tier="gold", member_no="M00777")
    maria.tags.add(TagFactory(name="homeowner"))
    coffee, bread = ProductFactory(name="Ground coffee"), ProductFactory(name="Rye bread")
    for days in range(2, 40, 6):
        order = OrderFactory(
            member=maria,
            placed_at=now - timedelta(days=days),
            total=Decimal(20),
            device_fingerprint="own-phone",
        )
        OrderItemFactory(order=order, product=coffee)
        FraudScoreFactory(order=order, probability=0.02, decision="approve")
    reasons = [{"code": "new_device", "text": "A device not used before", "weight": 0.5}]
    suspect = OrderFactory(order_no="SUSPECT-1", member__name="Otto Neu", placed_at=now, total=Decimal(900))
    FraudScoreFactory(order=suspect, probability=0.91, reasons=reasons)
    alert = FraudAlertFactory(order=suspect, probability=0.91, priority=Decimal(819), reasons=reasons)
    EventFactory(member=maria, product=bread, occurred_at=now)
    SegmentMembershipFactory(member=maria, segment__name="Champions", segment__member_count=1)
    version = ModelVersionFactory(family="recommendations", metrics={"score": 0.1513, "live_score": 0.1401})
    ModelVersionFactory(family="fraud", estimator="lstm_member", metrics={"score": 0.6123})
    products = [{"product": bread.pk, "score": 0.9, "because": [coffee.pk]}]
    RecommendationFactory(member=maria, products=products, model_version=version, scored_at=now)
    TrainingRunFactory(status="succeeded", version=version, progress=1, started_at=now, finished_at=now)
    ImportReport.objects.create(
        kind="orders",
        file_name="spring-orders.csv",
        file_path="x",
        file_sha256="0" * 64,
        status="succeeded",
        progress=1,
        read=1200,
        created=1190,
        rejected=10,
    )
    return Shop(maria=maria, alert=alert)
