"""Promotions over REST."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from forecasts.models import PlannedPromotion, StockAdvice
from forecasts.services.promotions import (
    plan_promotion,
)
from tests.api_client import key_client, member_client, staff_client
from tests.factories import MemberFactory, ProductFactory, ProductForecastFactory, StockAdviceFactory

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 9)
WEEK = {"kind": "mailer", "starts_on": MONDAY, "ends_on": MONDAY + timedelta(days=6), "share": 0.5}


@pytest.fixture
def advice() -> Any:
    """Stock advice of one product, up to date."""
    return StockAdviceFactory()


def is_outdated(advice: Any) -> bool:
    advice.refresh_from_db()
    return advice.outdated_at is not None


def settled(advice: Any) -> None:
    StockAdvice.objects.update(outdated_at=None)


PATH = "/api/v1/promotions/"
SENT = {"kind": "mailer", "starts_on": "2026-03-09", "ends_on": "2026-03-15", "share": 0.5}


def test_a_server_plans_reads_moves_and_cancels_a_promotion(advice: Any) -> None:
    client = key_client("promotions:read", "promotions:write")
    made = client.post(PATH, {**SENT, "product": advice.product.sku}, format="json")
    assert made.status_code == 201
    assert made.json()["product"] == str(advice.product.public_id)
    assert is_outdated(advice)

    path = made.headers["Location"]
    assert client.get(path).json() == made.json()
    moved = client.patch(path, {"ends_on": "2026-03-22"}, format="json")
    assert (moved.json()["ends_on"], moved.json()["share"]) == ("2026-03-22", 0.5)
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"product": "nothing"}, 400, "product"),
        ({"ends_on": "2026-03-01"}, 400, "ends_on"),
        ({"share": 2}, 400, "share"),
        ({"kind": "fireworks"}, 400, "kind"),
        ({"starts_on": "soon"}, 400, "starts_on"),
        ({}, 409, "starts_on"),
    ],
)
def test_the_api_says_which_field_is_wrong(advice: Any, change: Any, status: int, field: str) -> None:
    if status == 409:
        plan_promotion(product=advice.product, draft=WEEK)
    sent = {**SENT, "product": str(advice.product.public_id), **change}
    answer = key_client("promotions:write").post(PATH, sent, format="json")
    assert answer.status_code == status
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_list_is_filtered_by_product_kind_and_days(
    advice: Any, django_assert_max_num_queries: Any
) -> None:
    first = plan_promotion(product=advice.product, draft=WEEK)
    plan_promotion(product=ProductFactory(), draft={**WEEK, "kind": "display"})
    client = key_client("promotions:read")

    def ids(query: str) -> list[str]:
        return [row["id"] for row in client.get(f"{PATH}?{query}").json()["results"]]

    assert ids(f"sku={advice.product.sku}") == ids("kind=mailer") == [str(first.public_id)]
    assert len(ids("since=2026-03-15&until=2026-03-09")) == 2
    assert ids("since=2026-03-16") == ids("until=2026-03-08") == []
    with django_assert_max_num_queries(5):
        ids("")


def test_who_may_not_is_refused(advice: Any) -> None:
    promotion = plan_promotion(product=advice.product, draft=WEEK)
    path = f"{PATH}{promotion.public_id}/"
    assert key_client("promotions:read").delete(path).status_code == 403
    assert key_client("forecasts:read").get(PATH).status_code == 403
    assert member_client(MemberFactory()).get(path).status_code == 403
    assert staff_client("forecasts.view_plannedpromotion").delete(path).status_code == 403
    assert PlannedPromotion.objects.exists()


def test_a_products_forecast_names_the_promotions_of_its_weeks() -> None:
    row = ProductForecastFactory()
    StockAdviceFactory(product=row.product, model_version=row.model_version)
    promotion = plan_promotion(
        product=row.product, draft={**WEEK, "starts_on": row.week, "ends_on": row.week}
    )
    path = f"/api/v1/products/{row.product.public_id}/forecast/"
    answer = key_client("forecasts:read").get(path).json()
    assert answer["weeks"][0]["promotions"] == [
        {"id": str(promotion.public_id), "kind": "mailer", "share": 0.5}
    ]
    assert answer["outdated"] is True
