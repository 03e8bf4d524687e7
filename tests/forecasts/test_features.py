"""Orders to arrays."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.features import (
    SECONDS_PER_DAY,
    day_number,
    day_of,
    forecast_members,
    known_until_day,
    load_purchases,
    load_sales,
    to_shop_clock,
)
from membership.models import Consent
from tests.factories import (
    CategoryFactory,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
)


@given(st.integers(0, 40_000))
def test_day_numbers_and_days_are_each_others_inverse(number) -> None:
    moment = datetime.combine(day_of(number), datetime.min.time(), tzinfo=UTC) + timedelta(hours=20)

    assert day_of(number) == date(1970, 1, 1) + timedelta(days=number)
    assert abs(day_number(moment) - number) <= 1


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])
def test_the_shops_clock_is_that_of_its_zone_also_when_clocks_change(settings, zone) -> None:
    settings.TIME_ZONE = zone
    moments = [datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC) + timedelta(minutes=17 * n) for n in range(600)]
    seconds = np.array([int(moment.timestamp()) for moment in moments])

    days = to_shop_clock(seconds) // SECONDS_PER_DAY

    assert days.tolist() == [day_number(moment) for moment in moments]
    assert to_shop_clock(seconds[:0]).tolist() == []


@pytest.mark.django_db
def test_only_active_members_who_may_be_profiled_are_forecast() -> None:
    active = MemberFactory()
    MemberFactory(status="frozen")
    refuses = MemberFactory()
    Consent.objects.create(member=refuses, purpose="profiling", channel="email", granted=False, source="x")

    assert list(forecast_members()) == [active]


@pytest.mark.django_db
def test_an_order_and_its_lines_are_rows_and_only_the_order_has_an_amount(noon) -> None:
    top = CategoryFactory()
    deep = CategoryFactory(parent=CategoryFactory(parent=top))
    order = OrderFactory(placed_at=noon, total=Decimal("12.50"))
    OrderItemFactory(order=order, quantity=3, product=ProductFactory(category=deep))
    OrderItemFactory(order=order, quantity=900, units=None, product=ProductFactory(category=None))

    purchases = load_purchases(as_of=noon)

    assert purchases.amounts.tolist() == [12.5, 0, 0]
    assert sorted(purchases.units.tolist()) == [0, 1, 3]
    assert set(purchases.categories.tolist()) == {-1, deep.parent_id}
    assert purchases.newest() == {order.member_id: noon}


@pytest.mark.django_db
def test_another_currency_counts_as_an_order_without_an_amount(noon, settings) -> None:
    settings.SHOP_CURRENCY = "USD"
    OrderFactory(placed_at=noon, currency="EUR")

    assert load_purchases(as_of=noon).amounts.tolist() == [0]


@pytest.mark.django_db
def test_refunded_and_later_orders_are_left_out(noon) -> None:
    OrderItemFactory(order=OrderFactory(status="refunded", placed_at=noon))
    OrderItemFactory(order=OrderFactory(placed_at=noon + timedelta(seconds=1)))

    assert len(load_purchases(as_of=noon)) == 0


@pytest.mark.django_db
def test_the_same_rows_in_another_order_have_the_same_fingerprint(noon) -> None:
    for days in (1, 2):
        OrderFactory(placed_at=noon - timedelta(days=days))
    one = load_purchases(as_of=noon)
    turned = replace(one, **{item.name: getattr(one, item.name)[::-1] for item in fields(one)})

    assert turned.fingerprint() == one.fingerprint()
    OrderFactory(placed_at=noon)
    assert load_purchases(as_of=noon).fingerprint() != one.fingerprint()


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "known"), [(None, 0), (0, 0), (1, 0), (5, -4)])
def test_forecasts_start_today_or_after_the_newest_order(noon, days, known) -> None:
    if days is not None:
        OrderFactory(placed_at=noon - timedelta(days=days))

    assert known_until_day(as_of=noon) == day_number(noon) + known


@pytest.mark.django_db
def test_sales_are_weeks_that_end_with_the_newest_day(noon) -> None:
    product = ProductFactory()
    for days, units in ((0, 9), (1, 2), (7, 3), (8, 4), (15, 5)):
        order = OrderFactory(placed_at=noon - timedelta(days=days))
        OrderItemFactory(order=order, product=product, quantity=units)

    sales = load_sales(as_of=noon)

    assert sales.units.sum() == 2 + 3 + 4  # neither today nor the days before the first whole week
    assert sales.first_day + 7 * sales.n_weeks == day_number(noon)


@pytest.mark.django_db
def test_a_gift_is_money_and_pieces_but_no_category_that_the_member_likes(noon) -> None:
    category = CategoryFactory()
    order = OrderFactory(placed_at=noon, total=Decimal("12.50"))
    OrderItemFactory(order=order, quantity=3, is_gift=True, product=ProductFactory(category=category))

    purchases = load_purchases(as_of=noon)

    assert (purchases.amounts.sum(), purchases.units.sum()) == (12.5, 3)
    assert set(purchases.categories.tolist()) == {-1}
