"""What staff see of forecasts: the panel, both lists, the product's demand, what to reorder."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from forecasts.models import Forecast
from forecasts.panels import interval_text, time_line
from tests.factories import (
    NOON,
    AdminFactory,
    ForecastFactory,
    MemberFactory,
    ProductFactory,
    ProductForecastFactory,
    SegmentMembershipFactory,
    StaffFactory,
    StockAdviceFactory,
)

pytestmark = pytest.mark.django_db
FORECASTS = "/admin/forecasts/forecast/"
STOCK = "/admin/forecasts/stockadvice/"
QUERIES = 14


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def page_of(client: Client, path: str, **query: Any) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def member_page(client: Client, member: Any) -> str:
    return page_of(client, reverse("member_page", args=(member.pk,)))


def demand_path(product: Any) -> str:
    return reverse("admin:membership_product_demand", args=(product.pk,))


# --- the member's page -------------------------------------------------------------------------------------
def test_the_panel_shows_the_interval_the_value_and_the_reasons(boss: Client) -> None:
    row = ForecastFactory(churn_risk=0.42)
    page = member_page(boss, row.member)
    for text in (
        "42.0%",
        "$900.00",
        "2026",
        "12 orders in the last 90 days",
        "lowers it",
        "8–16",
        "$80–$165",
    ):
        assert text in page
    assert "should order again around" in page


def test_a_member_at_risk_is_shown_as_such(boss: Client) -> None:
    assert "is slipping away" in member_page(boss, ForecastFactory(churn_risk=0.7).member)


def test_a_member_without_orders_has_a_defined_answer(boss: Client) -> None:
    page = member_page(boss, MemberFactory())
    assert "Not enough orders yet." in page
    assert "nan" not in page.lower().replace("finance", "")


def test_the_panel_is_for_those_who_may_see_forecasts(client: Client) -> None:
    row = ForecastFactory()
    client.force_login(staff := StaffFactory())
    from django.contrib.auth.models import Permission

    staff.user_permissions.add(Permission.objects.get(codename="view_member"))
    assert "What to expect" not in member_page(client, row.member)


@pytest.mark.parametrize(
    ("early", "likely", "late", "text"),
    [
        (3, 7, 16, "to"), (3, 3, 3, "2026"), (3, None, None, "or later, if ever"),
        (None, None, None, "not expected any more"),
    ],
)  # fmt: skip
def test_intervals_open_at_the_end_have_words_and_a_place(
    early: int | None, likely: int | None, late: int | None, text: str
) -> None:
    days = [None if day is None else date(2026, 3, day) for day in (early, likely, late)]
    row = ForecastFactory(next_order_q10=days[0], next_order_q50=days[1], next_order_q90=days[2])
    line = time_line(row, today=date(2026, 3, 2))

    assert text in interval_text(row)
    assert 0 <= line.last <= line.today <= 1000
    assert 0 <= line.band_start <= line.band_start + line.band_width <= 1000
    assert (line.likely is None) == (likely is None)


def test_a_time_line_of_one_day_holds_together() -> None:
    row = ForecastFactory(
        last_order_at=NOON, next_order_q10=NOON.date(), next_order_q50=NOON.date(), next_order_q90=NOON.date()
    )
    line = time_line(row, today=NOON.date() - timedelta(days=3))
    assert 0 <= line.today <= line.band_start + line.band_width <= 1000


# --- the lists ---------------------------------------------------------------------------------------------
def test_the_lists_show_who_belongs_there(boss: Client) -> None:
    likely = ForecastFactory(member__name="Likely Lin")
    ForecastFactory(member__name="Slipping Sue", churn_risk=0.6, order_chance_7d=0.1)
    ForecastFactory(member__name="Gone Guy", member__status="erased")

    week = page_of(boss, FORECASTS, list="likely-this-week")
    slipping = page_of(boss, FORECASTS, list="slipping-away")

    assert ("Likely Lin" in week, "Slipping Sue" in week) == (True, False)
    assert ("Likely Lin" in slipping, "Slipping Sue" in slipping) == (False, True)
    assert "Had a habit" in slipping
    assert "Gone Guy" not in page_of(boss, FORECASTS)
    assert f"/admin/membership/member/{likely.member_id}/" in week


def test_who_slips_away_is_listed_by_what_is_lost_with_them(boss: Client) -> None:
    ForecastFactory(member__name="Small", churn_risk=0.9, lifetime_value=10)
    ForecastFactory(member__name="Large", churn_risk=0.6, lifetime_value=900)
    page = page_of(boss, FORECASTS, list="slipping-away")
    assert page.index("Large") < page.index("Small")


def test_lists_are_narrowed_by_tier_risk_and_segment(boss: Client) -> None:
    row = ForecastFactory(member__name="Gold One", member__tier="gold", churn_risk=0.3)
    ForecastFactory(member__name="Basic Two", churn_risk=0.1)
    stay = SegmentMembershipFactory(member=row.member)
    for query in (
        {"member__tier__exact": "gold"}, {"churn_risk_from": "0.2", "churn_risk_to": "0.5"},
        {"segment": stay.segment_id},
    ):  # fmt: skip
        page = page_of(boss, FORECASTS, **query)
        assert ("Gold One" in page, "Basic Two" in page) == (True, False), query


@pytest.mark.parametrize(("path", "factory"), [(FORECASTS, ForecastFactory), (STOCK, StockAdviceFactory)])
def test_lists_cost_the_same_whatever_their_length(
    boss: Client, django_assert_max_num_queries: Any, path: str, factory: Any
) -> None:
    factory.create_batch(32)
    with django_assert_max_num_queries(QUERIES):
        assert boss.get(path).status_code == 200


def export(client: Client, path: str, *rows: Any) -> Any:
    chosen = {"action": "export", "_selected_action": [str(row.pk) for row in rows]}
    return client.post(path, chosen)


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_an_export_holds_no_formula(boss: Client) -> None:
    row, other = ForecastFactory(member__name="=HYPERLINK(1)"), ForecastFactory()
    answer = export(boss, FORECASTS, row)
    text = text_of(answer)

    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    assert "'=HYPERLINK(1)" in text
    assert other.member.member_no not in text
    assert text.splitlines()[0].lstrip("\ufeff").startswith("member_no,name")


def test_only_who_may_export_exports(client: Client) -> None:
    row = ForecastFactory()
    client.force_login(StaffFactory(groups=["Support"]))
    answer = export(client, FORECASTS, row)
    assert not answer.streaming
    client.force_login(StaffFactory(groups=["Marketing"]))
    assert row.member.member_no in text_of(export(client, FORECASTS, row))


def test_nobody_writes_forecasts_by_hand(boss: Client) -> None:
    row = ForecastFactory()
    assert boss.get(f"{FORECASTS}add/").status_code == 403
    assert boss.post(f"{FORECASTS}{row.pk}/change/", {"churn_risk": 0}).status_code == 403
    assert Forecast.objects.get().churn_risk == row.churn_risk


# --- products ----------------------------------------------------------------------------------------------
def product_with_weeks(**values: Any) -> Any:
    product = ProductFactory(**values)
    first = ProductForecastFactory(product=product)
    for week in range(1, 8):
        day = NOON.date() + timedelta(days=7 * week)
        ProductForecastFactory(product=product, week=day, model_version=first.model_version)
    return product


def test_a_products_demand_is_drawn_described_and_turned_into_advice(boss: Client) -> None:
    page = page_of(boss, demand_path(product_with_weeks(stock=2)))
    for text in ('data-type="line"', 'id="weeks"', 'id="order-now"', "displayYAxis", "Nobody in a segment"):
        assert text in page
    assert page.count("<tr><td>") >= 8


def test_another_service_level_and_lead_time_give_other_advice(boss: Client) -> None:
    path = demand_path(product_with_weeks())
    usual = boss.get(path).context["reading"].advice
    careful = boss.get(path, {"service_level": "0.99", "lead_time_days": "28"}).context["reading"].advice
    assert careful.reorder_point > usual.reorder_point
    assert (careful.policy.service_level, careful.policy.lead_time_days) == (0.99, 28)


@pytest.mark.parametrize(
    "query", [{"service_level": "2"}, {"lead_time_days": "soon"}, {"service_level": "nan"}]
)
def test_an_invalid_policy_is_reported_at_its_field(boss: Client, query: dict[str, str]) -> None:
    answer = boss.get(demand_path(product_with_weeks()), query)
    assert answer.context["reading"].advice.policy.service_level == 0.95
    assert "rg-errors" in answer.content.decode()


def test_a_product_without_sales_has_a_defined_answer(boss: Client) -> None:
    page = page_of(boss, demand_path(ProductFactory()))
    assert "Not enough orders yet" in page
    assert "<canvas" not in page


def test_demand_is_for_those_who_may_see_it(client: Client) -> None:
    client.force_login(StaffFactory())
    assert client.get(demand_path(ProductFactory())).status_code == 403


def test_what_to_reorder_is_listed_and_exported(boss: Client) -> None:
    low = StockAdviceFactory(product__name="=Low", product__stock=2)
    StockAdviceFactory(product__name="Plenty", product__stock=99)
    page = page_of(boss, STOCK, stock="reorder")
    assert ("=Low" in page, "Plenty" in page) == (True, False)
    assert "29" in page
    assert f"{low.product.sku},'=Low,2," in text_of(export(boss, STOCK, low))


def test_a_products_form_keeps_its_own_policy(boss: Client) -> None:
    product = ProductFactory()
    page = page_of(boss, reverse("admin:membership_product_change", args=(product.pk,)))
    assert demand_path(product) in page
    assert 'name="lead_time_days"' in page


def test_dates_of_a_forecast_from_another_zone_are_the_shops(boss: Client, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    row = ForecastFactory(last_order_at=datetime.fromisoformat("2026-03-01T17:00:00+00:00"))
    assert time_line(row, today=date(2026, 3, 2)).last == time_line(row, today=date(2026, 3, 2)).today
