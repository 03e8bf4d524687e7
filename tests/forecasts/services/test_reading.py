"""A stored forecast for somebody to read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from forecasts.services.demand import StockPolicy
from forecasts.services.reading import REASONS, State, explain, read_demand, read_forecast
from membership.models import Consent
from tests.factories import (
    CategoryFactory,
    ForecastFactory,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    ProductForecastFactory,
)

POLICY = StockPolicy(0.95, 7)


@pytest.mark.parametrize(
    ("code", "value", "text", "raises"),
    [
        ("silence_versus_usual", 0.9, "The time since the last order is no longer than usual", False),
        ("silence_versus_usual", 2.46, "Silent for 2.5 times the usual gap between orders", True),
        ("days_silent", 1.2, "1 day since the last order", None),
        ("orders_last_90_days", 0.0, "No order in the last 90 days", True),
        ("orders_last_90_days", 3.0, "3 orders in the last 90 days", None),
        ("orders_versus_before", 0.5, "Orders less often than in the three months before", True),
        ("orders_versus_before", 1.0, "Orders as often as in the three months before", None),
        ("orders_versus_before", 2.0, "Orders more often than in the three months before", False),
        ("single_order", 9.0, "One order only, 9 days ago", True),
        ("order_count", 1.0, "1 order so far", None),
        ("irregular_gaps", 1.5, "The gaps between orders are irregular", None),
        ("irregular_gaps", 0.5, "The gaps between orders are regular", None),
        ("basket_shrinking", 0.4, "The last three orders were 40% of the usual amount", True),
        ("basket_shrinking", 1.0, "The last three orders were no smaller than usual", False),
        ("never_bought", 0.0, "No order yet", True),
        ("of_a_later_version", 1.0, "of_a_later_version", None),
    ],
)
def test_a_reason_is_a_sentence_with_its_direction(code, value, text, raises) -> None:
    sentence = explain(code, value)

    assert (sentence.text, sentence.raises) == (text, raises)


def test_every_code_is_tested_above() -> None:
    assert len(REASONS) == 9


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["frozen", "merged", "erased"])
def test_a_closed_account_has_no_forecast_even_where_one_is_stored(status) -> None:
    target = MemberFactory() if status == "merged" else None
    member = ForecastFactory(member__status=status, member__merged_into=target).member

    answer = read_forecast(member=member)

    assert (answer.state, answer.forecast) == (State.CLOSED, None)
    assert answer.message


@pytest.mark.django_db
def test_a_member_who_refuses_has_no_forecast_even_before_it_is_deleted() -> None:
    member = ForecastFactory().member
    Consent.objects.create(member=member, purpose="profiling", channel="email", granted=False, source="x")

    assert read_forecast(member=member).state is State.REFUSED


@pytest.mark.django_db
def test_a_member_who_has_ordered_waits_and_one_who_has_not_lacks_orders() -> None:
    assert read_forecast(member=OrderFactory().member).state is State.WAITING
    assert read_forecast(member=OrderFactory(status="refunded").member).state is State.NOT_ENOUGH_ORDERS
    assert read_forecast(member=MemberFactory()).state is State.NOT_ENOUGH_ORDERS


@pytest.mark.django_db
def test_categories_that_are_gone_are_left_out(django_assert_max_num_queries) -> None:
    tea = CategoryFactory(name="Tea")
    stored = [{"category": tea.pk, "probability": 0.4}, {"category": 0, "probability": 0.3}]
    member = ForecastFactory(categories=stored).member

    with django_assert_max_num_queries(4):
        answer = read_forecast(member=member)

    assert [(one.name, one.probability) for one in answer.categories] == [("Tea", 0.4)]
    assert (answer.state, answer.message, len(answer.reasons)) == (State.READY, "", 3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("units", "active", "state"),
    [(1, True, State.NOT_ENOUGH_ORDERS), (2, True, State.WAITING), (9, False, State.NOT_ENOUGH_ORDERS)],
)
def test_a_product_without_weeks_waits_or_sold_too_little(units, active, state) -> None:
    product = ProductFactory(is_active=active)
    OrderItemFactory(product=product, quantity=units, order__placed_at=timezone.now() - timedelta(days=3))

    answer = read_demand(product=product, policy=POLICY)

    assert (answer.state, answer.weeks, answer.advice, answer.as_of) == (state, (), None, None)
    assert ("fewer than 2 units" in answer.message) == (state is State.NOT_ENOUGH_ORDERS)


@pytest.mark.django_db
def test_a_product_with_weeks_has_what_was_sold_before_them_and_advice() -> None:
    first = ProductForecastFactory(week=date(2026, 3, 2))
    ProductForecastFactory(product=first.product, week=date(2026, 3, 9), model_version=first.model_version)
    noon = datetime(2026, 2, 28, 12, tzinfo=UTC)
    OrderItemFactory(product=first.product, quantity=5, order__placed_at=noon)

    answer = read_demand(product=first.product, policy=POLICY)

    assert [row.week for row in answer.weeks] == [date(2026, 3, 2), date(2026, 3, 9)]
    assert (answer.sold[-1].week, answer.sold[-1].units, len(answer.sold)) == (date(2026, 2, 23), 5, 26)
    assert answer.advice is not None
    assert answer.advice.order_up_to >= answer.advice.reorder_point
    assert (answer.model_version, answer.outdated) == (first.model_version, False)
