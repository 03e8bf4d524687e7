"""Where the products of a list come from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from membership.models import Member, Order, Product
from recommendations.models import SimilarProduct
from recommendations.services.serving.pools import (
    around,
    count_popular,
    count_segment,
    count_trending,
    own_orders_pool,
    own_products,
    ranked,
    segment_pool,
)
from tests.factories import (
    NOON,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    SegmentFactory,
    SegmentMembershipFactory,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def bought(member: Member, *products: Product, days_ago: float = 0, **order: object) -> Order:
    made: Order = OrderFactory(member=member, placed_at=NOON - days_ago * DAY, **order)
    for product in products:
        OrderItemFactory(order=made, product=product)
    return made


def products(n: int) -> list[Product]:
    return [ProductFactory() for _ in range(n)]


def member() -> Member:
    return MemberFactory()


def similar(product: Product, *others: tuple[Product, float]) -> None:
    SimilarProduct.objects.create(
        product=product, kind="similar", scored_at=NOON,
        products=[{"product": other.pk, "score": score} for other, score in others],
    )  # fmt: skip


def test_popular_is_what_is_in_most_orders():
    one, two, three = products(3)
    someone = member()
    bought(someone, one, two)
    bought(someone, two)
    bought(someone, two, three, status=Order.Status.CANCELLED)

    assert count_popular() == [two.pk, one.pk]


def test_several_lines_of_one_order_count_once():
    one, two = products(2)
    bought(member(), one, one, one, two)
    bought(member(), two)

    assert count_popular() == [two.pk, one.pk]


def test_trending_is_what_is_bought_more_than_before():
    steady, rising = products(2)
    for days in (60, 45, 30, 20, 5, 2):
        bought(member(), steady, days_ago=days)
    for days in (6, 3):
        bought(member(), rising, days_ago=days)

    assert count_trending(at=NOON) == [rising.pk, steady.pk]


def test_without_orders_nothing_is_popular_or_trending():
    assert count_popular() == count_trending(at=NOON) == []


def test_neighbours_of_several_products_add_up():
    one, two, common, other = products(4)
    similar(one, (common, 0.5), (other, 0.6))
    similar(two, (common, 0.5), (one, 0.9))
    entries = around({one.pk: 1.0, two.pk: 0.5}, kind="similar", why="similar")

    assert [(entry["product"], entry["score"]) for entry in entries] == [(common.pk, 0.75), (other.pk, 0.6)]
    assert entries[0]["because"] == [one.pk]  # the one that adds most


def test_the_members_own_products_weigh_by_how_far_back_they_are():
    old, new = products(2)
    someone = member()
    bought(someone, old, days_ago=9)
    bought(someone, new, days_ago=1)
    bought(someone, old, days_ago=0, status=Order.Status.REFUNDED)

    assert own_products(member=someone) == {new.pk: 1.0, old.pk: 0.5}


def test_own_orders_are_what_was_bought_most_often_and_can_be_sold():
    often, once, gone = ProductFactory(), ProductFactory(), ProductFactory(stock=0)
    someone = member()
    bought(someone, often, once, gone)
    bought(someone, often, gone, days_ago=3)
    pool = own_orders_pool(member=someone)

    assert [(entry["product"], entry["times"]) for entry in pool.entries] == [(often.pk, 2), (once.pk, 1)]


def segment_of(*members: Member, size: int | None = None, **values: object):
    segment = SegmentFactory(member_count=size or len(members), **values)
    for one in members:
        SegmentMembershipFactory(segment=segment, member=one)
    return segment


def test_a_segments_products_are_what_its_members_bought(django_assert_num_queries: DjangoAssertNumQueries):
    inside, outside = member(), member()
    segment = segment_of(inside)
    theirs, other, old = products(3)
    now = timezone.now()
    for someone, product, days in ((inside, theirs, 3), (outside, other, 3), (inside, old, 90)):
        OrderItemFactory(order=OrderFactory(member=someone, placed_at=now - days * DAY), product=product)

    with django_assert_num_queries(1):
        assert count_segment(segment_id=segment.pk) == [theirs.pk]


def test_cancelled_orders_make_nothing_trending_or_a_segments_favourite():
    order = OrderFactory(status="cancelled", placed_at=timezone.now() - timedelta(hours=2))
    item = OrderItemFactory(order=order)
    paid = OrderItemFactory(order__placed_at=timezone.now() - timedelta(hours=1))
    stays = [SegmentMembershipFactory(member=order.member)]
    SegmentMembershipFactory(member=paid.member, segment=stays[0].segment)

    assert count_segment(segment_id=stays[0].segment_id) == [paid.product_id]
    assert item.product_id not in count_trending(at=timezone.now())


def test_a_segment_of_few_products_is_no_source():
    someone = member()
    segment_of(someone, member())

    assert segment_pool(member=someone).entries == []


def test_a_ranked_pool_keeps_its_order_in_falling_scores():
    pool = ranked("popular", [7, 3, 5], why="popular")

    assert [entry["product"] for entry in pool.entries] == [7, 3, 5]
    scores = [entry["score"] for entry in pool.entries]
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] < scores[0] == 1
