"""Forecasts as rows: what the database accepts, and the lists made from them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from forecasts.models import Forecast, StockAdvice
from tests.factories import ForecastFactory, MemberFactory, ProductForecastFactory, StockAdviceFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "changes",
    [
        {"churn_risk": 1.01},
        {"p_active": -0.01},
        {"order_chance_7d": 2.0},
        {"expected_orders_30d": -1.0},
        {"expected_units_365d": 1e9},
        {"basket_units": float("inf")},
        {"lifetime_value": Decimal(-1)},
        {"next_order_q10": date(2026, 3, 9), "next_order_q50": date(2026, 3, 8)},
        {"next_order_q50": date(2026, 3, 9), "next_order_q90": date(2026, 3, 8)},
    ],
)
def test_the_database_refuses_an_impossible_forecast(changes) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ForecastFactory(**changes)


@pytest.mark.parametrize("changes", [{"q10": -1.0}, {"q50": 5.0}, {"q90": 12.0}, {"mean": -1.0}])
def test_quantiles_of_a_week_rise(changes) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductForecastFactory(**changes)


def test_a_week_of_a_product_is_forecast_once() -> None:
    row = ProductForecastFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        ProductForecastFactory(product=row.product, model_version=row.model_version)


@pytest.mark.parametrize("changes", [{"service_level": 1.0}, {"order_up_to": 5}, {"weekly_units": -1.0}])
def test_the_database_refuses_impossible_advice(changes) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StockAdviceFactory(**changes)


def test_merged_and_erased_members_are_not_shown() -> None:
    shown = [ForecastFactory(), ForecastFactory(member__status="frozen")]
    ForecastFactory(member__status="erased")
    ForecastFactory(member__status="merged", member__merged_into=MemberFactory())

    assert set(Forecast.objects.shown()) == set(shown)


def test_likely_soon_begins_at_one_half() -> None:
    likely = ForecastFactory(order_chance_7d=0.5)
    ForecastFactory(order_chance_7d=0.49)

    assert list(Forecast.objects.likely_soon()) == [likely]


@pytest.mark.parametrize(
    ("orders", "risk", "slipping"),
    [(3, 0.5, True), (3, 0.94, True), (2, 0.6, False), (3, 0.49, False), (3, 0.95, False)],
)
def test_only_members_with_a_habit_are_at_risk_and_row_and_query_agree(orders, risk, slipping) -> None:
    row = ForecastFactory(orders_known=orders, churn_risk=risk)

    assert row.is_slipping_away is slipping
    assert Forecast.objects.slipping_away().exists() is slipping


@pytest.mark.parametrize(("stock", "quantity"), [(19, 0), (18, 13), (0, 31), (None, 0)])
def test_what_to_order_now(stock, quantity) -> None:
    advice = StockAdviceFactory(product__stock=stock)

    assert advice.quantity == quantity
    assert StockAdvice.objects.to_reorder().exists() is (quantity > 0)


def test_a_hidden_product_is_not_reordered() -> None:
    StockAdviceFactory(product__stock=0, product__is_active=False)

    assert not StockAdvice.objects.to_reorder().exists()


@pytest.mark.parametrize(("days", "chance"), [(7, 0.6), (365, 0.97), (8, None)])
def test_a_chance_is_read_from_the_curve(days, chance) -> None:
    assert ForecastFactory.build().order_chance(days) == chance
