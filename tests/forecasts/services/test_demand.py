"""Demand as rows: the weeks ahead of each product, when to reorder, and who buys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from forecasts.features import load_sales
from forecasts.models import ProductForecast, StockAdvice
from forecasts.services.demand import (
    StockPolicy,
    advise,
    drivers,
    refresh_due,
    score_products,
    weeks_sold,
)
from forecasts.services.reading import State, read_demand
from forecasts.tasks import score_demand
from learning.estimator import ModelFitError
from membership.errors import Rejected
from membership.models import Member, Product, Segment
from registry.services import LoadedModel
from tests.factories import (
    NOON,
    MemberFactory,
    ProductFactory,
    ProductForecastFactory,
    SegmentMembershipFactory,
    StockAdviceFactory,
)
from tests.forecasts.rhythm_shop import live_demand, order, rhythm_shop

pytestmark = pytest.mark.django_db
Shop = tuple[list[Member], list[Product]]


@pytest.fixture
def shop() -> Shop:
    return rhythm_shop()


@pytest.fixture
def model(shop: Shop) -> LoadedModel:
    return live_demand()


def reading(product: Any, **policy: Any) -> Any:
    return read_demand(product=product, policy=StockPolicy.of(product, **policy))


def test_every_product_that_sells_has_eight_weeks_and_advice(shop: Shop, model: LoadedModel) -> None:
    assert score_products(loaded=model, as_of=NOON) == 3

    weeks = ProductForecast.objects.filter(product=shop[1][0]).order_by("week")
    assert [(row.week - NOON.date()).days for row in weeks] == [7 * n for n in range(8)]
    assert all(row.q10 <= row.q25 <= row.q50 <= row.q75 <= row.q90 for row in weeks)
    advice = StockAdvice.objects.get(product=shop[1][0])
    assert (advice.lead_time_days, advice.service_level) == (7, 0.95)
    assert 0 < advice.weekly_units < advice.reorder_point <= advice.order_up_to


def test_a_repeat_changes_nothing(shop: Shop, model: LoadedModel) -> None:
    score_products(loaded=model, as_of=NOON)
    first = list(ProductForecast.objects.order_by("pk").values())
    score_products(loaded=model, as_of=NOON)

    assert list(ProductForecast.objects.order_by("pk").values()) == first


def test_a_products_own_policy_goes_before_the_shops(shop: Shop, model: LoadedModel) -> None:
    Product.objects.filter(pk=shop[1][0].pk).update(lead_time_days=28, service_level=0.99)
    score_products(loaded=model, as_of=NOON)

    own, other = (StockAdvice.objects.get(product=product) for product in shop[1][:2])
    assert (own.lead_time_days, own.service_level) == (28, 0.99)
    assert own.reorder_point > 2 * other.reorder_point


def test_what_is_no_longer_sold_has_a_defined_answer(shop: Shop, model: LoadedModel) -> None:
    hidden, old, never = shop[1][0], ProductFactory(), ProductFactory()
    order(shop[0][0], NOON - timedelta(weeks=30), product=old)
    score_products(loaded=model, as_of=NOON)
    assert StockAdvice.objects.filter(product=hidden).exists()
    Product.objects.filter(pk=hidden.pk).update(is_active=False)
    hidden.refresh_from_db()

    score_products(loaded=model, as_of=NOON + timedelta(minutes=1))

    for product in (hidden, old, never):
        read = reading(product)
        assert (read.state, read.weeks, read.advice) == (State.NOT_ENOUGH_ORDERS, (), None)
        assert "26 weeks" in read.message


def test_cancelled_orders_and_weights_are_no_sales(shop: Shop) -> None:
    cancelled, weighed = ProductFactory(), ProductFactory(sold_by_weight=True)
    order(shop[0][0], NOON - timedelta(days=3), product=cancelled, status="cancelled")
    line = order(shop[0][0], NOON - timedelta(days=3), product=weighed).items.get()
    line.units = None
    line.save()

    assert not set(load_sales(as_of=NOON).products.ids.tolist()) & {cancelled.pk, weighed.pk}


def test_without_a_whole_week_there_is_nothing_to_learn() -> None:
    with pytest.raises(ModelFitError, match="import orders first"):
        load_sales(as_of=NOON)
    order(MemberFactory(), NOON - timedelta(days=3), product=ProductFactory())
    with pytest.raises(ModelFitError, match="whole week"):
        load_sales(as_of=NOON)


def test_the_newest_day_ends_the_last_week(shop: Shop) -> None:
    member, product = shop[0][0], ProductFactory()
    order(member, NOON - timedelta(days=1), product=product, units=5)
    sales = load_sales(as_of=NOON)
    row = sales.products.ids.tolist().index(product.pk)

    assert sales.units[row, -1] == 5


def test_more_service_and_longer_waits_need_more_stock(shop: Shop, model: LoadedModel) -> None:
    score_products(loaded=model, as_of=NOON)
    product = shop[1][0]
    points = [
        reading(product, service_level=level, lead_time_days=days).advice.reorder_point
        for level, days in ((0.5, 7), (0.95, 7), (0.95, 28), (0.99, 28))
    ]

    assert points == sorted(set(points))


def test_advice_orders_up_to_its_level_once_the_point_is_reached() -> None:
    product: Any = ProductFactory(stock=0)
    for week in range(8):
        ProductForecastFactory(product=product, week=NOON.date() + timedelta(days=7 * week))
    empty = reading(product).advice
    assert empty.order_now == empty.order_up_to
    for stock, wanted in ((empty.reorder_point, True), (empty.reorder_point + 1, False), (None, None)):
        product.stock = stock
        now = reading(product).advice.order_now
        assert now == (None if wanted is None else empty.order_up_to - stock if wanted else 0)


def test_the_list_of_what_to_reorder_follows_the_stock() -> None:
    low = StockAdviceFactory(product__stock=18)
    StockAdviceFactory(product__stock=19)
    StockAdviceFactory(product__stock=None)
    StockAdviceFactory(product__stock=0, product__is_active=False)

    assert list(StockAdvice.objects.to_reorder()) == [low]
    assert low.quantity == 13


@pytest.mark.parametrize(
    "query", [{"service_level": 0.4}, {"service_level": float("nan")}, {"lead_time_days": 0}]
)
def test_an_invalid_policy_is_refused(query: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as caught:
        StockPolicy.of(ProductFactory.build(), **query)
    assert caught.value.errors[0].field == next(iter(query))


def test_no_weeks_no_advice() -> None:
    product = ProductFactory.build()
    assert advise(product=product, policy=StockPolicy.of(product), weeks=[]) is None


def test_segments_share_the_units_that_their_members_bought() -> None:
    product, buyer, other = ProductFactory(), MemberFactory(), MemberFactory()
    order(buyer, NOON - timedelta(days=5), product=product, units=9)
    order(other, NOON - timedelta(days=5), product=product, units=3)
    order(other, NOON - timedelta(days=95), product=product, units=50)
    stay = SegmentMembershipFactory(member=buyer, segment__key="fans", segment__member_count=1)
    SegmentMembershipFactory(member=other, exited_at=NOON)
    SegmentMembershipFactory(member=buyer, segment__key="likely-this-week", segment__kind=Segment.Kind.MODEL)

    (driver,) = drivers(product=product, until=NOON.date())

    assert (driver.segment, driver.units, driver.share, driver.member_share) == (stay.segment, 9, 0.75, 0.5)


def test_weeks_without_sales_are_zero() -> None:
    product = ProductFactory()
    order(MemberFactory(), NOON - timedelta(days=8), product=product, units=4)

    sold = weeks_sold(product=product, until=NOON.date(), weeks=3)

    assert [units for _week, units in sold] == [0, 4, 0]


def test_products_are_due_once_a_day(shop: Shop, model: LoadedModel) -> None:
    score_products(loaded=model, as_of=NOON)
    assert not refresh_due(as_of=NOON + timedelta(hours=1))
    order(shop[0][0], NOON + timedelta(days=1), product=shop[1][0])
    assert refresh_due(as_of=NOON + timedelta(days=1))


def test_the_task_waits_for_a_first_model(shop: Shop) -> None:
    assert score_demand() == 0
