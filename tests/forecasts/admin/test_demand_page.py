"""The page of one product's demand."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forecasts.admin.demand_page import PROMOTED_RADIUS, StockForm, fan_chart
from forecasts.models import PlannedPromotion
from forecasts.services.demand import StockPolicy
from forecasts.services.reading import DemandReading, read_demand
from tests.factories import NOON, AdminFactory, ProductFactory, ProductForecastFactory, StaffFactory

pytestmark = pytest.mark.django_db
WEEKS = 8


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


@pytest.fixture
def product() -> Any:
    """Ten units a week, for eight weeks."""
    product = ProductFactory(stock=3)
    first = ProductForecastFactory(product=product)
    for week in range(1, WEEKS):
        day = NOON.date() + timedelta(days=7 * week)
        ProductForecastFactory(product=product, week=day, model_version=first.model_version)
    return product


def path(product: Any) -> str:
    return reverse("admin:membership_product_demand", args=(product.pk,))


def reading(product: Any) -> DemandReading:
    return read_demand(product=product, policy=StockPolicy.of(product))


def test_the_chart_has_the_weeks_sold_and_then_the_weeks_ahead(product: Any) -> None:
    read = reading(product)

    chart = json.loads(fan_chart(read))

    sold = len(read.sold)
    assert len(chart["labels"]) == sold + WEEKS
    assert [line["label"] for line in chart["datasets"]] == ["Sold", "10 %", "25 %", "Likely", "75 %", "90 %"]
    likely = chart["datasets"][3]["data"]
    assert likely == [None] * sold + [10.0] * WEEKS
    assert chart["datasets"][0]["data"][sold:] == [None] * WEEKS


def test_promoted_weeks_are_marked_on_the_likely_line_alone(product: Any) -> None:
    day = NOON.date() + timedelta(days=15)
    PlannedPromotion.objects.create(product=product, kind="display", starts_on=day, ends_on=day, share=1.0)
    read = reading(product)

    chart = json.loads(fan_chart(read))

    ahead = [0] * WEEKS
    ahead[2] = PROMOTED_RADIUS
    assert chart["datasets"][3]["pointRadius"] == [0] * len(read.sold) + ahead
    assert chart["datasets"][0]["pointRadius"] == [0] * (len(read.sold) + WEEKS)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"service_level": "1.2", "lead_time_days": "7"}, "service_level"),
        ({"service_level": "nan", "lead_time_days": "7"}, "service_level"),
        ({"service_level": "0.9", "lead_time_days": "0"}, "lead_time_days"),
        ({"service_level": "0.9", "lead_time_days": "1.5"}, "lead_time_days"),
    ],
)
def test_a_policy_outside_its_limits_is_an_error_at_its_field(values: dict[str, str], field: str) -> None:
    form = StockForm(values)
    assert not form.is_valid()
    assert set(form.errors) == {field}


def test_the_form_begins_with_the_products_own_policy(boss: Client, product: Any) -> None:
    product.lead_time_days, product.service_level = 21, 0.9
    product.save()

    form = boss.get(path(product)).context["form"]

    assert (form.data["service_level"], form.data["lead_time_days"]) == (0.9, 21)


def test_the_page_takes_as_many_queries_whatever_the_policy(
    boss: Client, product: Any, django_assert_max_num_queries: Any
) -> None:
    boss.get(path(product))
    with django_assert_max_num_queries(24):
        boss.get(path(product), {"service_level": "0.99", "lead_time_days": "28"})


def test_it_is_only_read(boss: Client, product: Any) -> None:
    assert boss.post(path(product), {"service_level": "0.99"}).status_code == 405


def test_an_unknown_product_is_404_and_no_permission_is_403(boss: Client) -> None:
    assert boss.get("/admin/membership/product/999/demand/").status_code == 404
    boss.force_login(StaffFactory())
    assert boss.get(path(ProductFactory())).status_code == 403
