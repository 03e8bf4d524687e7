from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from learning.estimator import silent
from membership.models import Member, Order, Product
from recommendations.models import MerchandisingRule, Recommendation, SimilarProduct, Surface
from recommendations.services.serving.member_lists import recommend
from recommendations.services.serving.pools import popular_product_ids
from recommendations.services.training import train_candidate
from registry.models import ModelVersion
from registry.services import load_live
from registry.services.versions import register_candidate, store_artefact
from tests.factories import (
    NOON,
    EventFactory,
    MemberFactory,
    ModelVersionFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    RecommendationFactory,
    SegmentMembershipFactory,
)
from tests.recommendations.conftest import Shop

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


def test_a_list_costs_three_queries(django_assert_num_queries: DjangoAssertNumQueries):
    member = stored(*[ProductFactory() for _ in range(6)], because=[ProductFactory().pk])
    recommend(member=member, surface=Surface.FOR_YOU)  # the rules are in the cache from now on
    with django_assert_num_queries(3):  # the state of the member, the row, its products
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


class TestAfterANewDeed:
    """What a member does counts in the very next answer."""

    def test_a_view_lifts_the_product_and_what_goes_with_it(self):
        first, second, viewed, beside = (ProductFactory() for _ in range(4))
        member = stored(first, second)
        goes_with(viewed, beside, kind="together")
        assert names(member) == [first.pk, second.pk]
        EventFactory(member=member, product=viewed, occurred_at=timezone.now())
        served = recommend(member=member, surface=Surface.FOR_YOU)

        assert served.source == "live"
        assert {viewed.pk, beside.pk} < set(names(member))
        reasons = {one.product.pk: one.reason for one in served.products}
        assert reasons[beside.pk].text == f"because you looked at {viewed.name}"

    def test_a_look_is_seen_in_a_list_of_scores_close_to_each_other(self):
        products = [ProductFactory() for _ in range(20)]
        member = stored(*products)
        viewed = ProductFactory()
        EventFactory(member=member, product=viewed, occurred_at=timezone.now() - timedelta(minutes=1))

        assert viewed.pk in names(member)
        assert len(names(member)) == 10

    def test_a_look_of_last_week_does_not_push_in(self):
        member = stored(*(ProductFactory() for _ in range(20)))
        viewed = ProductFactory()
        EventFactory(member=member, product=viewed, occurred_at=timezone.now() - timedelta(days=7))

        assert viewed.pk not in names(member)

    def test_what_lies_in_the_cart_is_not_recommended(self):
        first, second = ProductFactory(), ProductFactory()
        member = stored(first, second)
        EventFactory(member=member, type="cart", product=first, occurred_at=timezone.now())

        assert names(member) == [second.pk]

    def test_the_list_is_recomputed_from_the_model_in_memory(self, shop: Shop, live_version: ModelVersion):
        member = shop.members[0]
        before = names(member)
        order = OrderFactory(member=member, placed_at=timezone.now() - timedelta(seconds=1))
        OrderItemFactory(order=order, product=shop.products[0])
        served = recommend(member=member, surface=Surface.FOR_YOU)

        assert before[0] == shop.products[0].pk
        assert shop.products[0].pk not in names(member)
        assert (served.source, served.model_version) == ("live", live_version)

    def test_a_newcomer_is_folded_in(self, shop: Shop, live_version: ModelVersion):
        member = MemberFactory()
        order = OrderFactory(member=member)
        for product in shop.products[1:3]:
            OrderItemFactory(order=order, product=product)
        served = recommend(member=member, surface=Surface.FOR_YOU)

        assert served.source == "live"
        assert set(names(member)[:2]) == {shop.products[0].pk, shop.products[3].pk}
        assert served.products[0].reason.code == "because_bought"

    def test_a_promotion_is_followed_at_once(self, shop: Shop, live_version: ModelVersion):
        member = shop.members[0]
        assert recommend(member=member, surface=Surface.FOR_YOU).model_version == live_version
        candidate = train_candidate(silent)
        artefact = store_artefact(family="recommendations", candidate=candidate)
        newer = register_candidate(family="recommendations", candidate=candidate, artefact=artefact)

        assert recommend(member=member, surface=Surface.FOR_YOU).model_version == newer


class TestTheChain:
    """The next best thing, and its name, when the one before gives nothing."""

    def test_what_goes_with_own_products(self):
        line, beside = OrderItemFactory(), ProductFactory()
        goes_with(line.product, beside, kind="together")
        (one,) = recommend(member=line.member, surface=Surface.FOR_YOU).products

        assert recommend(member=line.member, surface=Surface.FOR_YOU).source == "transitions"
        assert (one.product, one.reason.text) == (beside, f"goes with {line.product.name}")

    def test_then_what_resembles_them(self):
        line, alike = OrderItemFactory(), ProductFactory()
        goes_with(line.product, alike, kind="similar")
        served = recommend(member=line.member, surface=Surface.FOR_YOU)

        assert (served.source, served.products[0].reason.code) == ("attributes", "similar")

    def test_then_what_the_segment_buys(self):
        stay = SegmentMembershipFactory(segment__member_count=2)
        buyer = SegmentMembershipFactory(segment=stay.segment).member
        order = OrderFactory(member=buyer, placed_at=timezone.now())
        lines = [OrderItemFactory(order=order) for _ in range(5)]
        served = recommend(member=stay.member, surface=Surface.FOR_YOU)

        assert served.source == "segment"
        assert {one.product.pk for one in served.products} == {line.product_id for line in lines}

    def test_a_model_of_another_catalogue_is_passed_over(
        self, shop: Shop, live_version: ModelVersion, caplog: pytest.LogCaptureFixture
    ):
        member = shop.members[0]
        entries = [{"product": ProductFactory().pk, "score": 1.0, "because": []}]
        RecommendationFactory(member=member, products=entries, model_version=live_version)
        estimator = load_live("recommendations").estimator
        getattr(estimator, "als_", estimator).product_vectors_ = None
        EventFactory(member=member, product=ProductFactory(), occurred_at=timezone.now())

        assert recommend(member=member, surface=Surface.FOR_YOU).products
        assert "cannot make a list" in caplog.text

    def test_a_missing_file_of_the_live_version_is_passed_over(self):
        ModelVersionFactory()
        popular = OrderItemFactory().product

        assert names(MemberFactory()) == [popular.pk]


class TestWhatIsNeverShown:
    def test_what_was_sent_back(self):
        returned, kept = ProductFactory(), ProductFactory()
        member = stored(returned, kept)
        OrderItemFactory(order__member=member, order__status="refunded", product=returned)

        assert names(member) == [kept.pk]

    @pytest.mark.parametrize("status", ["held", "paid"])
    def test_what_is_ordered_after_the_lists_were_renewed_too(self, status: str):
        """The list was made after the order, from orders that count only."""
        ordered, kept = ProductFactory(), ProductFactory()
        member = stored(ordered, kept)
        early = NOON - timedelta(days=1)
        order = OrderFactory(member=member, status=status, placed_at=early, imported_at=early)
        OrderItemFactory(order=order, product=ordered)
        Recommendation.objects.update(scored_at=timezone.now())
        if status == "paid":  # it came in after the list was made, with a date before it
            Order.objects.update(imported_at=timezone.now() + timedelta(seconds=1))

        assert names(member) == [kept.pk]

    @pytest.mark.parametrize("kind", ["cart", "not_interested"])
    def test_what_is_in_the_cart_or_not_wanted_after_the_lists_were_renewed_too(self, kind: str):
        first, kept = ProductFactory(), ProductFactory()
        member = stored(first, kept)
        EventFactory(member=member, type=kind, product=first, occurred_at=timezone.now() - timedelta(hours=2))
        Recommendation.objects.update(scored_at=timezone.now())

        assert names(member) == [kept.pk]

    def test_a_product_deleted_since(self):
        gone, kept = ProductFactory(), ProductFactory()
        member = stored(gone, kept, because=[gone.pk])
        gone.delete()
        (one,) = recommend(member=member, surface=Surface.FOR_YOU).products

        assert (one.product, one.reason.code) == (kept, "popular")


class TestRules:
    def test_a_rule_changes_the_next_answer(self):
        first, second = ProductFactory(), ProductFactory()
        member = stored(first, second)
        assert names(member) == [first.pk, second.pk]
        MerchandisingRule.objects.create(name="x", action="hide", product=first)

        assert names(member) == [second.pk]

    def test_a_pinned_product_comes_even_if_no_model_thought_of_it(self):
        first, pinned = ProductFactory(), ProductFactory()
        member = stored(first)
        MerchandisingRule.objects.create(name="x", action="pin", product=pinned, amount=1)
        served = recommend(member=member, surface=Surface.FOR_YOU)

        assert [one.product for one in served.products] == [pinned, first]
        assert (served.products[0].reason.code, served.products[0].score) == ("chosen", None)

    def test_nothing_sold_out_can_be_pinned(self):
        first, pinned = ProductFactory(), ProductFactory(stock=0)
        member = stored(first)
        MerchandisingRule.objects.create(name="x", action="pin", product=pinned, amount=1)

        assert names(member) == [first.pk]


def test_a_given_version_replaces_the_live_one(shop: Shop, live_version: ModelVersion):
    member = shop.members[0]
    row = RecommendationFactory(member=member, model_version=live_version)
    served = recommend(member=member, surface=Surface.FOR_YOU, version=live_version)

    assert row.products == []
    assert (served.source, served.model_version) == ("live", live_version)


def test_what_was_shown_often_makes_room():
    first, second = ProductFactory(), ProductFactory()
    member = stored(first, second)
    for minute in range(6):
        at = timezone.now() - timedelta(minutes=minute + 1)
        EventFactory(member=member, type="impression", product=first, occurred_at=at)

    assert names(member) == [second.pk, first.pk]


def goes_with(product: Product, *others: Product, kind: str) -> None:
    entries = [{"product": other.pk, "score": 0.8} for other in others]
    SimilarProduct.objects.create(product=product, kind=kind, products=entries, scored_at=NOON)


def test_what_was_bought_long_ago_comes_back_neither_by_a_look_nor_by_a_pin():
    first, viewed, owned = ProductFactory(), ProductFactory(), ProductFactory()
    member = stored(first)
    OrderItemFactory(order=OrderFactory(member=member, placed_at=NOON - timedelta(days=400)), product=owned)
    goes_with(viewed, owned, kind="together")
    MerchandisingRule.objects.create(name="x", action="pin", product=owned, amount=1)
    EventFactory(member=member, product=viewed, occurred_at=timezone.now())

    assert set(names(member)) == {first.pk, viewed.pk}
