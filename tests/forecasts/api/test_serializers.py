"""Forecasts as they go out: every figure null where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from forecasts.api.serializers import (
    MemberForecastOutput,
    OwnForecastOutput,
    ProductForecastOutput,
    StockAdviceOutput,
    StockQuery,
)
from forecasts.services.demand import StockPolicy
from forecasts.services.reading import read_demand, read_forecast
from tests.factories import (
    NOON,
    ForecastFactory,
    MemberFactory,
    ProductFactory,
    ProductForecastFactory,
    StockAdviceFactory,
)

pytestmark = pytest.mark.django_db
FIGURES = (
    "as_of", "next_order", "scored_at", "model_version", "p_active", "churn_risk", "order_chance_7d",
    "currency", "lifetime_value",
)  # fmt: skip


def test_without_a_forecast_every_figure_is_null_and_the_message_says_why() -> None:
    data = MemberForecastOutput(read_forecast(member=MemberFactory())).data

    assert [data[name] for name in FIGURES] == [None] * len(FIGURES)
    assert (data["expected"], data["reasons"], data["categories"]) == ([], [], [])
    assert data["message"] == "Not enough orders yet."


def test_each_horizon_has_its_figures_and_ranges() -> None:
    row = ForecastFactory()

    expected = MemberForecastOutput(read_forecast(member=row.member)).data["expected"]

    assert [entry["days"] for entry in expected] == [30, 90, 365]
    assert expected[0] == {
        "days": 30, "order_chance": 0.9, "orders": 4.1, "orders_range": {"low": 2.0, "high": 6.0},
        "units": 8.2, "basket_units": 2.0, "spend": "41.000", "spend_range": {"low": 20.0, "high": 63.0},
    }  # fmt: skip


def test_a_row_without_a_curve_has_no_chances() -> None:
    row = ForecastFactory(chances={})

    expected = MemberForecastOutput(read_forecast(member=row.member)).data["expected"]

    assert [entry["order_chance"] for entry in expected] == [None, None, None]


def test_a_horizon_without_stored_ranges_has_none() -> None:
    row = ForecastFactory(ranges={"30": {"orders": [2.0, 6.0]}})

    expected = MemberForecastOutput(read_forecast(member=row.member)).data["expected"]

    assert [entry["spend_range"] for entry in expected] == [None, None, None]
    assert [entry["orders_range"] for entry in expected] == [{"low": 2.0, "high": 6.0}, None, None]


def test_members_see_no_judgement_on_themselves() -> None:
    row = ForecastFactory()

    data = OwnForecastOutput(read_forecast(member=row.member)).data

    assert set(data) == {"member", "state", "message", "as_of", "next_order", "categories"}
    assert data["next_order"]["likely"] == "2026-03-07"


def test_a_product_without_sales_has_empty_lists_and_no_advice() -> None:
    product = ProductFactory()

    data = ProductForecastOutput(read_demand(product=product, policy=StockPolicy.of(product))).data

    assert (data["weeks"], data["advice"], data["as_of"]) == ([], None, None)
    assert data["state"] == "not_enough_orders"
    assert "Not enough orders yet" in data["message"]


@pytest.mark.parametrize(("stock", "order_now"), [(3, True), (None, False)])
def test_what_to_order_now_is_null_where_stock_is_not_counted(stock: int | None, order_now: bool) -> None:
    row = ProductForecastFactory(product__stock=stock)

    data: Any = ProductForecastOutput(
        read_demand(product=row.product, policy=StockPolicy.of(row.product))
    ).data

    assert (data["advice"]["order_now"] is not None) is order_now
    assert data["weeks"][0]["q50"] == 10.0
    assert data["weeks"][0]["week"] == NOON.date().isoformat()


def test_stock_advice_names_the_product() -> None:
    advice = StockAdviceFactory(product__sku="P-1", product__stock=2)

    data = StockAdviceOutput(advice).data

    assert (data["sku"], data["stock"], data["order_now"]) == ("P-1", 2, 29)
    assert data["product"] == str(advice.product.public_id)


@pytest.mark.parametrize(
    ("query", "field"),
    [({"service_level": "1"}, "service_level"), ({"service_level": "nan"}, "service_level"),
     ({"lead_time_days": "0"}, "lead_time_days"), ({"lead_time_days": "400"}, "lead_time_days")],
)  # fmt: skip
def test_a_query_outside_the_limits_is_refused_at_its_field(query: dict[str, str], field: str) -> None:
    serializer = StockQuery(data=query)
    assert not serializer.is_valid()
    assert set(serializer.errors) == {field}


def test_a_query_may_be_empty() -> None:
    serializer = StockQuery(data={})
    assert serializer.is_valid()
    assert serializer.validated_data == {}
