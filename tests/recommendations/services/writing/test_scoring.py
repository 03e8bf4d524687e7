from __future__ import annotations

from datetime import timedelta

import pytest

from membership.models import Member, Order, Product, ProductGroup
from recommendations.models import Recommendation, Surface
from recommendations.services.writing.scoring import score_members, sweep
from recommendations.tasks import score_recommendations
from registry.models import ModelVersion
from registry.services import load_live
from tests.factories import (
    NOON,
    EventFactory,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    RecommendationFactory,
)
from tests.recommendations.conftest import Shop

LATER = NOON + timedelta(hours=1)


def score(**options: object) -> int:
    return score_members(loaded=load_live("recommendations"), as_of=LATER, **options)  # type: ignore[arg-type]  # options of several types


def shown(member: Member, surface: str) -> list[int]:
    return [entry["product"] for entry in member.recommendations.get(surface=surface).products]


@pytest.mark.usefixtures("live_version")
class TestLists:
    def test_for_you_begins_with_what_the_member_left_out(self, shop: Shop):
        score()

        assert shown(shop.members[0], Surface.FOR_YOU)[0] == shop.products[0].pk
        assert shown(shop.members[1], Surface.FOR_YOU)[0] == shop.products[4].pk

    def test_for_you_holds_nothing_bought_and_buy_again_nothing_new(self, shop: Shop):
        score()
        own = set(Product.objects.filter(order_items__member=shop.members[2]).values_list("pk", flat=True))

        assert not own & set(shown(shop.members[2], Surface.FOR_YOU))
        assert set(shown(shop.members[2], Surface.BUY_AGAIN)) == own

    def test_for_you_names_own_products_as_reasons(self, shop: Shop):
        score()
        best = shop.members[0].recommendations.get(surface=Surface.FOR_YOU).products[0]

        assert len(best["because"]) == 2
        assert set(best["because"]) <= {product.pk for product in shop.products[1:4]}

    def test_for_you_does_not_call_bought_what_was_only_looked_at(self, shop: Shop):
        member = MemberFactory()
        for product in shop.products[:3]:
            EventFactory(member=member, type="cart", product=product, occurred_at=NOON)
        score()
        entries = member.recommendations.get(surface=Surface.FOR_YOU).products
        best = next(entry for entry in entries if entry["product"] == shop.products[3].pk)

        assert best["why"] == "because_looked"
        assert set(best["because"]) <= {product.pk for product in shop.products[:3]}

    def test_buy_again_says_how_often_and_when(self, shop: Shop):
        score()
        best = shop.members[0].recommendations.get(surface=Surface.BUY_AGAIN).products[0]

        assert (best["times"], best["last"]) == (6, "2026-03-02")

    def test_scores_fall_along_the_list(self, shop: Shop):
        score()
        for row in Recommendation.objects.all():
            scores = [entry["score"] for entry in row.products]
            assert scores == sorted(scores, reverse=True)

    def test_what_is_out_of_stock_or_hidden_is_in_no_list(self, shop: Shop):
        Product.objects.filter(pk=shop.products[0].pk).update(stock=0)
        Product.objects.filter(pk=shop.products[5].pk).update(is_active=False)
        score()
        listed = {entry["product"] for row in Recommendation.objects.all() for entry in row.products}

        assert listed
        assert not listed & {shop.products[0].pk, shop.products[5].pk}


def test_writing_back_twice_leaves_one_row_a_member_and_surface(shop: Shop, live_version: ModelVersion):
    assert score() == score() == Recommendation.objects.count()
    assert set(Recommendation.objects.values_list("model_version", "scored_at")) == {(live_version.pk, LATER)}


@pytest.mark.usefixtures("live_version")
def test_a_member_registered_after_training_is_folded_in(shop: Shop):
    newcomer = MemberFactory()
    order = OrderFactory(member=newcomer)
    OrderItemFactory(order=order, product=shop.products[1])
    OrderItemFactory(order=order, product=shop.products[2])
    score()

    assert set(shown(newcomer, Surface.FOR_YOU)[:2]) == {shop.products[0].pk, shop.products[3].pk}


def test_a_full_pass_removes_the_lists_of_members_who_left(shop: Shop, live_version: ModelVersion):
    gone = RecommendationFactory(
        member=MemberFactory(status=Member.Status.ERASED), model_version=live_version, scored_at=NOON
    )
    score()
    sweep(as_of=LATER)

    assert not Recommendation.objects.filter(pk=gone.pk).exists()


@pytest.mark.usefixtures("live_version")
def test_scoring_some_members_leaves_the_others_alone(shop: Shop):
    score()
    Recommendation.objects.update(scored_at=NOON)
    score(members=[shop.members[3].pk])

    renewed = Recommendation.objects.filter(scored_at=LATER)
    assert set(renewed.values_list("member", flat=True)) == {shop.members[3].pk}


@pytest.mark.usefixtures("live_version")
def test_a_product_deleted_after_training_is_in_no_list(shop: Shop):
    gone = shop.products[7]
    gone.order_items.all().delete()
    gone.delete()
    score()

    assert all(entry["product"] != gone.pk for row in Recommendation.objects.all() for entry in row.products)


@pytest.mark.usefixtures("live_version")
def test_a_shop_whose_orders_were_all_cancelled_has_no_lists(shop: Shop):
    score()
    Order.objects.update(status=Order.Status.CANCELLED)
    score_members(loaded=load_live("recommendations"), as_of=LATER + timedelta(hours=1))
    sweep(as_of=LATER + timedelta(hours=1))

    assert not Recommendation.objects.exists()


@pytest.mark.django_db
def test_the_task_waits_quietly_for_a_first_model():
    assert score_recommendations() == 0


@pytest.mark.usefixtures("live_version")
class TestVariants:
    def test_a_stored_list_holds_one_of_a_group_and_no_sibling_of_what_is_owned(self, shop: Shop):
        member = shop.members[0]
        score()
        before = shown(member, Surface.FOR_YOU)
        own = Product.objects.filter(order_items__member=member).distinct()
        with_own = ProductGroup.objects.create(code="a")
        Product.objects.filter(pk__in=[before[0], own[0].pk]).update(group=with_own)
        together = ProductGroup.objects.create(code="b")
        Product.objects.filter(pk__in=before[1:3]).update(group=together)

        score()

        assert shown(member, Surface.FOR_YOU) == [before[1], *before[3:]]
