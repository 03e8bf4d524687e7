"""Forecasts over REST: what is answered, to whom, and at what cost."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from membership.models import Consent
from tests.api_client import key_client, member_client, staff_client
from tests.factories import (
    NOON,
    CategoryFactory,
    ForecastFactory,
    MemberFactory,
    OrderFactory,
    ProductFactory,
    ProductForecastFactory,
    StockAdviceFactory,
)

pytestmark = pytest.mark.django_db


def member_path(member: Any) -> str:
    return f"/api/v1/members/{member.public_id}/forecast/"


def product_path(product: Any) -> str:
    return f"/api/v1/products/{product.public_id}/forecast/"


@pytest.fixture
def product() -> Any:
    """Ten units a week, for eight weeks."""
    product = ProductFactory(stock=3)
    first = ProductForecastFactory(product=product)
    for week in range(1, 8):
        day = NOON.date() + timedelta(days=7 * week)
        ProductForecastFactory(product=product, week=day, model_version=first.model_version)
    return product


def test_a_server_reads_a_members_forecast() -> None:
    food = CategoryFactory(path="Food")
    row = ForecastFactory(categories=[{"category": food.pk, "probability": 0.7}])

    answer = key_client("forecasts:read").get(member_path(row.member)).json()

    assert (answer["state"], answer["message"], answer["member"]) == ("ready", "", str(row.member.public_id))
    assert answer["next_order"] == {"early": "2026-03-03", "likely": "2026-03-07", "late": "2026-03-16"}
    assert [entry["days"] for entry in answer["expected"]] == [30, 90, 365]
    assert answer["expected"][1]["spend"] == "120.000"
    assert answer["expected"][1]["orders_range"] == {"low": 8.0, "high": 16.0}
    assert (answer["churn_risk"], answer["lifetime_value"], answer["currency"]) == (0.04, "900.000", "USD")
    assert answer["categories"] == [{"category": "Food", "probability": 0.7}]
    assert [entry["code"] for entry in answer["reasons"]] == [entry["code"] for entry in row.reasons]
    assert answer["reasons"][1]["text"] == "12 orders in the last 90 days"
    assert answer["model_version"].startswith("forecasts v")


def test_a_member_sees_when_and_what_but_no_judgement_and_nobody_else() -> None:
    row, other = ForecastFactory(), MemberFactory()
    client = member_client(row.member)

    answer = client.get(member_path(row.member)).json()

    assert set(answer) == {"member", "state", "message", "as_of", "next_order", "categories"}
    assert client.get(member_path(other)).status_code == 404


@pytest.mark.parametrize("kind", ["none", "waiting", "refused", "frozen"])
def test_without_figures_there_is_a_defined_answer(kind: str) -> None:
    member = MemberFactory(status="frozen" if kind == "frozen" else "active")
    if kind == "waiting":
        OrderFactory(member=member)
    if kind == "refused":
        Consent.objects.create(
            member=member, purpose="profiling", channel="onsite", granted=False, source="x"
        )
    states = {"none": "not_enough_orders", "waiting": "waiting", "refused": "refused", "frozen": "closed"}

    answer = key_client("forecasts:read").get(member_path(member)).json()

    assert answer["state"] == states[kind]
    assert answer["message"]
    assert (answer["churn_risk"], answer["next_order"], answer["expected"]) == (None, None, [])


def test_an_unknown_or_merged_member_is_404() -> None:
    client = key_client("forecasts:read")
    gone = MemberFactory(status="erased")
    for one in (gone.public_id, uuid.uuid4()):
        assert client.get(f"/api/v1/members/{one}/forecast/").status_code == 404
        assert client.get(f"/api/v1/products/{one}/forecast/").status_code == 404


def test_what_has_not_changed_is_not_sent_again(product: Any) -> None:
    client, row = key_client("forecasts:read"), ForecastFactory()
    for path in (member_path(row.member), product_path(product)):
        tag = client.get(path)["ETag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_members_forecast_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    row, client = ForecastFactory(), staff_client("forecasts.view_forecast")
    with django_assert_max_num_queries(10):
        assert client.get(member_path(row.member)).status_code == 200


def test_a_product_has_weeks_stock_advice_and_who_buys(product: Any) -> None:
    answer = key_client("forecasts:read").get(product_path(product)).json()

    assert (answer["state"], len(answer["weeks"]), len(answer["sold"])) == ("ready", 8, 26)
    assert answer["weeks"][0] == {
        "week": "2026-03-02", "mean": 10.2, "q10": 5.0, "q25": 7.0, "q50": 10.0, "q75": 13.0, "q90": 16.0,
        "promotions": [],
    }  # fmt: skip
    advice = answer["advice"]
    assert (advice["service_level"], advice["lead_time_days"], answer["stock"]) == (0.95, 7, 3)
    assert advice["order_now"] == advice["order_up_to"] - 3 > advice["reorder_point"] - 3
    assert answer["segments"] == []


def test_advice_uses_the_requested_service_level_and_lead_time(product: Any) -> None:
    client = key_client("forecasts:read")
    low = client.get(product_path(product), {"service_level": 0.5, "lead_time_days": 7}).json()["advice"]
    high = client.get(product_path(product), {"service_level": 0.99, "lead_time_days": 21}).json()["advice"]

    assert (high["service_level"], high["lead_time_days"]) == (0.99, 21)
    assert high["reorder_point"] > 2 * low["reorder_point"]


@pytest.mark.parametrize(
    "query",
    [{"service_level": "1"}, {"service_level": "nan"}, {"lead_time_days": "0"}, {"lead_time_days": "57"}],
)
def test_an_invalid_policy_is_refused(product: Any, query: dict[str, str]) -> None:
    answer = key_client("forecasts:read").get(product_path(product), query)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == list(query)


def test_a_product_without_sales_has_a_defined_answer() -> None:
    answer = key_client("forecasts:read").get(product_path(ProductFactory())).json()
    assert (answer["state"], answer["weeks"], answer["advice"]) == ("not_enough_orders", [], None)
    assert "26 weeks" in answer["message"]


def test_demand_is_no_members_business(product: Any) -> None:
    assert member_client(MemberFactory()).get(product_path(product)).status_code == 403
    assert key_client("products:read").get(product_path(product)).status_code == 403


def test_what_to_reorder_is_listed_best_sellers_first(django_assert_max_num_queries: Any) -> None:
    slow = StockAdviceFactory(product__stock=1, weekly_units=2.0)
    fast = StockAdviceFactory(product__stock=1, weekly_units=9.0)
    StockAdviceFactory(product__stock=99)
    client = key_client("forecasts:read")

    with django_assert_max_num_queries(6):
        rows = client.get("/api/v1/stock-advice/", {"to_reorder": "true"}).json()["results"]

    assert [row["sku"] for row in rows] == [fast.product.sku, slow.product.sku]
    assert rows[0]["order_now"] == 30
    assert len(client.get("/api/v1/stock-advice/").json()["results"]) == 3
