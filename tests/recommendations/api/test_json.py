"""Lists as plain dictionaries: what the serializers describe."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from recommendations.api.json import list_json, products_json
from recommendations.api.serializers import RecommendationList, RecommendedProduct
from recommendations.services.serving.member_lists import Served, recommend
from tests.factories import NOON, MemberFactory, ModelVersionFactory, ProductFactory, RecommendationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def served() -> Served:
    """One product, because of another, from a stored list."""
    member = MemberFactory()
    bread, coffee = ProductFactory(name="Bread", price=Decimal("2.5")), ProductFactory(name="Coffee")
    version = ModelVersionFactory(family="recommendations", number=3)
    entries = [{"product": bread.pk, "score": 0.91, "because": [coffee.pk]}]
    RecommendationFactory(member=member, products=entries, model_version=version, scored_at=NOON)
    return recommend(member=member, surface="for-you", limit=5, at=NOON)


def test_a_list_names_its_member_version_and_source(served: Served) -> None:
    data = list_json(served)

    assert set(data) == set(RecommendationList().fields)
    assert (data["member"], data["surface"]) == (str(served.member.public_id), "for-you")
    assert (data["source"], data["model_version"]) == ("model", "recommendations v3")
    assert datetime.fromisoformat(str(data["scored_at"])).astimezone(UTC) == NOON


def test_a_product_has_what_the_serializer_describes(served: Served) -> None:
    (data,) = products_json(served.products)

    assert set(data) == set(RecommendedProduct().fields)
    assert (data["name"], data["price"], data["score"]) == ("Bread", "2.500", 0.91)
    assert [product["name"] for product in data["reason"]["products"]] == ["Coffee"]


def test_a_list_that_no_model_made_has_no_version_and_no_time() -> None:
    member: Any = MemberFactory()
    data = list_json(Served(member=member, surface="for-you", source="none", products=[]))
    assert (data["model_version"], data["scored_at"], data["products"]) == (None, None, [])
