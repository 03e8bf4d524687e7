from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from membership.models import Member, Product
from recommendations.models import Surface
from recommendations.services.pools import popular_product_ids
from recommendations.services.serving import recommend
from tests.factories import (
    NOON,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    RecommendationFactory,
)

pytestmark = pytest.mark.django_db


def stored(*products: Product, surface: str = Surface.FOR_YOU, **reason: object) -> Member:
    """A member with a stored list of ``products``."""
    entries = [{"product": p.pk, "score": 0.5, "because": [], **reason} for p in products]
    member: Member = RecommendationFactory(surface=surface, products=entries).member
    return member


def names(member: Member, surface: str = Surface.FOR_YOU, limit: int = 10) -> list[int]:
    return [item.product.pk for item in recommend(member=member, surface=surface, limit=limit).products]


def test_the_stored_list_is_served_in_its_order_up_to_the_limit():
    first, second, third = ProductFactory(), ProductFactory(), ProductFactory()
    member = stored(third, first, second)

    assert names(member, limit=2) == [third.pk, first.pk]
    assert recommend(member=member, surface=Surface.FOR_YOU).source == "model"


def test_a_list_costs_six_queries(django_assert_num_queries: DjangoAssertNumQueries):
    member = stored(*[ProductFactory() for _ in range(6)], because=[ProductFactory().pk])
    recommend(member=member, surface=Surface.FOR_YOU)  # the rules are in the cache from now on
    with django_assert_num_queries(6):
        assert len(recommend(member=member, surface=Surface.FOR_YOU).products) == 6


def test_what_sold_out_since_is_left_out():
    kept, sold_out, hidden = ProductFactory(), ProductFactory(), ProductFactory()
    member = stored(sold_out, kept, hidden)
    Product.objects.filter(pk=sold_out.pk).update(stock=0)
    Product.objects.filter(pk=hidden.pk).update(is_active=False)

    assert names(member) == [kept.pk]


@pytest.mark.parametrize("surface", Surface)
def test_what_was_bought_since_is_left_out_of_for_you_only(surface: Surface):
    bought, kept = ProductFactory(), ProductFactory()
    member = stored(bought, kept, surface=surface)
    order = OrderFactory(member=member, placed_at=NOON + timedelta(minutes=5))
    OrderItemFactory(order=order, product=bought)

    expected = [kept.pk] if surface == Surface.FOR_YOU else [bought.pk, kept.pk]
    assert names(member, surface) == expected


def test_reasons_name_the_members_own_products():
    coffee, filters = ProductFactory(name="Coffee"), ProductFactory(name="Filters")
    member = stored(ProductFactory(), because=[coffee.pk, filters.pk])
    (item,) = recommend(member=member, surface=Surface.FOR_YOU).products

    assert (item.reason.code, item.reason.text) == ("because_bought", "because of Coffee and Filters")
    assert item.reason.products == [coffee, filters]


def test_buy_again_says_how_often_in_words():
    member = stored(ProductFactory(), surface=Surface.BUY_AGAIN, times=3, last="2026-02-27")
    with translation.override("en"):
        (item,) = recommend(member=member, surface=Surface.BUY_AGAIN).products

    assert item.reason.text == "bought 3 times, last on 2026-02-27"


def test_a_new_member_gets_what_is_popular_with_others():
    popular, other = ProductFactory(), ProductFactory()
    for _ in range(3):
        OrderItemFactory(product=popular)
    OrderItemFactory(product=other)
    served = recommend(member=MemberFactory(), surface=Surface.FOR_YOU)

    assert served.source == "popular"
    assert [item.product for item in served.products] == [popular, other]
    assert served.model_version is None


def test_popular_products_the_member_has_are_not_new_to_them():
    line = OrderItemFactory()

    assert names(line.member) == []
    assert names(MemberFactory()) == [line.product_id]


def test_buy_again_without_a_list_shows_the_own_orders():
    line = OrderItemFactory()
    often = ProductFactory()
    for _ in range(2):
        OrderItemFactory(order=OrderFactory(member=line.member), product=often)
    served = recommend(member=line.member, surface=Surface.BUY_AGAIN)

    assert served.source == "own-orders"
    assert [item.product.pk for item in served.products] == [often.pk, line.product_id]
    assert served.products[0].reason.text == "bought 2 times"


def test_a_list_of_which_nothing_is_left_falls_back():
    gone, popular = ProductFactory(stock=0), OrderItemFactory().product
    member = stored(gone)

    assert names(member) == [popular.pk]


def test_a_frozen_member_is_not_served_by_the_model():
    member = stored(ProductFactory())
    Member.objects.filter(pk=member.pk).update(status=Member.Status.FROZEN)
    member.refresh_from_db()

    assert recommend(member=member, surface=Surface.FOR_YOU).source == "popular"


def test_popular_products_are_counted_once_in_a_while(django_assert_num_queries: DjangoAssertNumQueries):
    OrderItemFactory()
    popular_product_ids()
    with django_assert_num_queries(0):
        popular_product_ids()
