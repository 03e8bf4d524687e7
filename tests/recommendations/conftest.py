"""A small shop with two tastes, and a model trained on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from learning.estimator import silent
from membership.models import Member, Product
from recommendations.services.training import train_candidate
from registry.models import ModelVersion
from registry.services.versions import register_candidate, store_artefact
from tests.factories import (
    NOON,
    CategoryFactory,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """What is popular in one test is not in the next."""
    cache.clear()


@dataclass(frozen=True)
class Shop:
    members: list[Member]
    products: list[Product]


@pytest.fixture
def shop(db: None) -> Shop:
    """Ten members, eight products: the even members buy the first four products, the odd ones the others.

    Each has left one product of their taste out. Orders are ten days apart, so that weeks can be held back.
    """
    category = CategoryFactory()
    products: list[Any] = [ProductFactory(category=category) for _ in range(8)]
    members: list[Any] = [MemberFactory() for _ in range(10)]
    for number, member in enumerate(members):
        taste = products[:4] if number % 2 == 0 else products[4:]
        left_out = taste[number // 2 % 4]
        for visit in range(6):
            order = OrderFactory(member=member, placed_at=NOON - timedelta(days=10 * visit, minutes=number))
            for product in taste:
                if product != left_out:
                    OrderItemFactory(order=order, product=product)
    return Shop(members, products)


@pytest.fixture
def live_version(shop: Shop) -> ModelVersion:
    """The version that a retrain on the shop makes live."""
    candidate = train_candidate(silent)
    artefact = store_artefact(family="recommendations", candidate=candidate)
    return register_candidate(family="recommendations", candidate=candidate, artefact=artefact)
