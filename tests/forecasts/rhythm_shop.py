"""A shop whose members order in a rhythm of their own, and live versions of both forecasts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd  # noqa: F401  # its C code breaks when it is first imported while the clock is frozen

from forecasts.features import known_until_day, load_purchases, load_sales
from membership.models import Member, Order, OrderItem, Product
from registry.families import Candidate
from registry.models import ModelVersion
from registry.services import LoadedModel
from registry.services.versions import register_candidate, store_artefact
from tests.factories import NOON, CategoryFactory, MemberFactory, ProductFactory

WEEKS = 16


def order(
    member: Any, at: datetime, *, product: Any = None, total: str = "10.00", units: int = 2, **values: Any
) -> Order:
    """One order of one line."""
    placed = Order.objects.create(
        order_no=f"{member.pk}-{at.isoformat()}-{Order.objects.count()}",
        member=member, placed_at=at, total=Decimal(total), **{"currency": "USD", **values},
    )  # fmt: skip
    if product is not None:
        OrderItem.objects.create(
            order=placed, line_no=1, product=product, member=member, category=product.category,
            placed_at=at, quantity=units, units=units, unit_price=Decimal(5), total=placed.total,
        )  # fmt: skip
    return placed


def rhythm_shop(*, members: int = 24, until: datetime = NOON) -> tuple[list[Member], list[Product]]:
    """Member n orders every 5, 9, 13 or 17 days for sixteen weeks; every fourth fell silent half-way."""
    food = CategoryFactory(name="Food")
    products: list[Any] = [ProductFactory(category=CategoryFactory(parent=food)) for _n in range(3)]
    people: list[Any] = MemberFactory.create_batch(members)
    orders: list[Order] = []
    lines: list[OrderItem] = []
    for n, member in enumerate(people):
        gap = 5 + 4 * (n % 4)
        at = until - timedelta(days=7 * WEEKS - n % 5, hours=1)
        end = until - timedelta(days=7 * WEEKS / 2) if n % 4 == 3 else until
        while at < end:
            number = f"R{n}-{len(orders)}"
            orders.append(
                Order(order_no=number, member=member, placed_at=at, total=Decimal(10 + n), currency="USD")
            )
            at += timedelta(days=gap)
    Order.objects.bulk_create(orders)
    for placed in Order.objects.filter(order_no__startswith="R").select_related("member"):
        product = products[int(placed.order_no[1:].split("-")[0]) % 3]
        lines.append(
            OrderItem(
                order=placed, line_no=1, product=product, member=placed.member, category=product.category,
                placed_at=placed.placed_at, quantity=2, units=2, unit_price=Decimal(5), total=placed.total,
            )
        )  # fmt: skip
    OrderItem.objects.bulk_create(lines)
    return people, products


def live_forecasts(*, as_of: datetime = NOON) -> LoadedModel:
    """Pareto/NBD fitted on all orders: the quickest model that forecasts members."""
    from forecasts.ml.members.classical import Classical

    history = load_purchases(as_of=as_of).history(as_of_day=known_until_day(as_of=as_of))
    return _live("forecasts", Classical().fit(history, rng=np.random.default_rng(1)))


def live_demand(*, as_of: datetime = NOON) -> LoadedModel:
    from forecasts.ml.demand.demand import Demand

    return _live("demand", Demand().fit(load_sales(as_of=as_of), rng=np.random.default_rng(1)))


def _live(family: str, estimator: Any) -> LoadedModel:
    candidate = Candidate(
        estimator=estimator, score=0.5, live_score=None, parameters={}, metrics={}, data_from=None,
        data_until=None, data_fingerprint="",
    )  # fmt: skip
    artefact = store_artefact(family=family, candidate=candidate)
    version: ModelVersion = register_candidate(family=family, candidate=candidate, artefact=artefact)
    return LoadedModel(version=version, estimator=estimator)
