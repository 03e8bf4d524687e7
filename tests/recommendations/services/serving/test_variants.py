"""Of the variants of one thing every list shows the best one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from membership.models import Member, Product, ProductGroup
from recommendations.mail_columns import picks
from recommendations.models import MerchandisingRule, SimilarProduct, Surface
from recommendations.services.serving.member_lists import recommend
from recommendations.services.serving.product_lists import (
    For,
    bought_together,
    cart_products,
    similar_products,
    trending,
)
from recommendations.services.serving.search import search_products
from recommendations.services.serving.stored_lists import listed_now
from recommendations.services.serving.variants import first_of_each_group
from registry.models import ModelVersion
from tests.factories import (
    NOON,
    EventFactory,
    ModelVersionFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
    RecommendationFactory,
)

pytestmark = pytest.mark.django_db


class Shirts:
    """A shirt in three sizes, and two products that are no variants."""

    def __init__(self) -> None:
        self.group = ProductGroup.objects.create(code="shirt", name="Shirt", options=["Size"])
        self.small, self.medium, self.large = (
            ProductFactory(
                sku=f"SHIRT-{size}", name=f"Shirt {size}", group=self.group, options={"Size": size}
            )
            for size in "SML"
        )
        self.tea, self.cup = ProductFactory(sku="TEA", name="Tea"), ProductFactory(sku="CUP", name="Cup")


@pytest.fixture
def shop() -> Shirts:
    return Shirts()


def stored(*products: Product, surface: str = Surface.FOR_YOU) -> Member:
    """A member with a stored list of ``products``, the first the likeliest."""
    entries = [{"product": p.pk, "score": 1 - place / 10, "because": []} for place, p in enumerate(products)]
    version = ModelVersion.objects.first() or ModelVersionFactory()
    row = RecommendationFactory(surface=surface, products=entries, model_version=version)
    member: Member = row.member
    return member


def shown(member: Member, surface: str = Surface.FOR_YOU) -> list[str]:
    return [one.product.sku for one in recommend(member=member, surface=surface).products]


def bought(member: Member, product: Product, *, status: str = "paid") -> None:
    order = OrderFactory(member=member, status=status, placed_at=NOON - timedelta(days=30))
    OrderItemFactory(order=order, product=product)


def near(product: Product, *others: Product, kind: str) -> None:
    products = [{"product": other.pk, "score": 1 / rank} for rank, other in enumerate(others, start=1)]
    SimilarProduct.objects.create(product=product, kind=kind, products=products, scored_at=NOON)


def test_the_first_of_each_group_stays_and_others_all_do() -> None:
    items = [("a", 1), ("b", None), ("c", 1), ("d", 2), ("e", None), ("f", 2)]

    assert first_of_each_group(items, group_of=lambda one: one[1]) == [items[0], items[1], items[3], items[4]]
    assert first_of_each_group(items, group_of=lambda one: one[1], without=[1, None]) == [
        items[1], items[3], items[4],
    ]  # fmt: skip


@pytest.mark.parametrize("surface", Surface)
def test_a_members_list_shows_one_of_a_group(shop: Shirts, surface: Surface) -> None:
    member = stored(shop.medium, shop.tea, shop.small, shop.large, shop.cup, surface=surface)

    assert shown(member, surface) == ["SHIRT-M", "TEA", "CUP"]


def test_the_next_best_is_shown_when_the_best_is_sold_out(shop: Shirts) -> None:
    member = stored(shop.medium, shop.tea, shop.small)
    Product.objects.filter(pk=shop.medium.pk).update(stock=0)

    assert shown(member) == ["TEA", "SHIRT-S"]


def test_a_pinned_variant_is_the_one_that_is_shown(shop: Shirts) -> None:
    member = stored(shop.medium, shop.tea)
    MerchandisingRule.objects.create(name="pin", action="pin", product=shop.large, amount=2)
    MerchandisingRule.objects.create(name="pin", action="pin", product=shop.small, amount=1)

    assert shown(member) == ["TEA", "SHIRT-L"]


def test_buy_again_shows_the_very_variant_that_was_bought(shop: Shirts) -> None:
    member = stored(shop.large, shop.tea, surface=Surface.BUY_AGAIN)
    bought(member, shop.large)

    assert shown(member, Surface.BUY_AGAIN) == ["SHIRT-L", "TEA"]


def test_what_was_bought_in_one_size_is_not_recommended_in_another(shop: Shirts) -> None:
    member = stored(shop.medium, shop.tea)
    bought(member, shop.large)

    assert shown(member) == ["TEA"]


def test_what_was_sent_back_may_be_recommended_in_another_size(shop: Shirts) -> None:
    member = stored(shop.large, shop.medium, shop.tea)
    bought(member, shop.large, status="refunded")

    assert shown(member) == ["SHIRT-M", "TEA"]


def test_a_held_variant_hides_itself_on_buy_again_and_all_on_for_you(shop: Shirts) -> None:
    again = stored(shop.large, shop.medium, surface=Surface.BUY_AGAIN)
    bought(again, shop.large, status="held")
    new = stored(shop.large, shop.medium, shop.tea)
    bought(new, shop.large, status="held")

    assert shown(again, Surface.BUY_AGAIN) == ["SHIRT-M"]
    assert shown(new) == ["TEA"]


@pytest.mark.parametrize("surface", Surface)
def test_not_interested_in_one_is_so_in_all_until_one_is_wanted(shop: Shirts, surface: Surface) -> None:
    member = stored(shop.medium, shop.tea, surface=surface)
    at = timezone.now() - timedelta(days=2)
    EventFactory(member=member, type="not_interested", product=shop.large, occurred_at=at)
    assert shown(member, surface) == ["TEA"]

    EventFactory(member=member, type="favourite", product=shop.small, occurred_at=at + timedelta(hours=1))
    assert shown(member, surface) == ["SHIRT-M", "TEA"]


def test_what_lies_in_the_cart_in_one_size_is_offered_in_none(shop: Shirts) -> None:
    member = stored(shop.medium, shop.tea)
    at = timezone.now()
    EventFactory(member=member, type="cart", product=shop.large, occurred_at=at)
    assert shown(member) == ["TEA"]

    EventFactory(member=member, type="cart_remove", product=shop.large, occurred_at=at + timedelta(seconds=1))
    assert "SHIRT-M" in shown(member)


def test_mailings_and_staff_see_one_of_a_group(shop: Shirts) -> None:
    member = stored(shop.medium, shop.small, shop.tea)
    ((_row, products),) = listed_now(rows=list(member.recommendations.all()))

    assert [one.product.sku for one in products] == ["SHIRT-M", "TEA"]
    assert [one.sku for one in picks([member.pk], 5)[member.pk]] == ["SHIRT-M", "TEA"]

    bought(member, shop.large)
    assert [one.sku for one in picks([member.pk], 5)[member.pk]] == ["TEA"]


@pytest.mark.parametrize("kind", SimilarProduct.Kind)
def test_lists_about_a_product_never_hold_its_siblings(shop: Shirts, kind: str) -> None:
    near(shop.medium, shop.small, shop.tea, shop.large, kind=kind)
    near(shop.tea, shop.small, shop.large, shop.cup, kind=kind)
    ask = similar_products if kind == SimilarProduct.Kind.SIMILAR else bought_together

    assert [one.product.sku for one in ask(product=shop.medium).products] == ["TEA"]
    assert [one.product.sku for one in ask(product=shop.tea).products] == ["SHIRT-S", "CUP"]


def test_a_product_of_an_unknown_kind_gets_others_of_its_category_and_no_siblings(shop: Shirts) -> None:
    Product.objects.update(category=shop.tea.category)
    shop.medium.refresh_from_db()

    skus = [one.product.sku for one in similar_products(product=shop.medium).products]
    assert skus == ["TEA", "CUP"]


def test_a_cart_is_offered_no_other_size_of_what_is_in_it(shop: Shirts) -> None:
    near(shop.medium, shop.small, shop.tea, kind=SimilarProduct.Kind.TOGETHER)
    assert [one.product.sku for one in cart_products(cart=[shop.medium]).products] == ["TEA"]

    member = stored(shop.small, shop.cup)
    SimilarProduct.objects.all().delete()
    assert [
        one.product.sku for one in cart_products(cart=[shop.medium], whom=For.somebody(member)).products
    ] == ["CUP"]


def test_trends_show_one_of_a_group(shop: Shirts) -> None:
    for product, times in ((shop.small, 2), (shop.medium, 4), (shop.tea, 3)):
        for _time in range(times):
            OrderItemFactory(product=product)

    assert [one.product.sku for one in trending().products] == ["SHIRT-M", "TEA"]


def test_search_shows_one_of_a_group_and_the_very_variant_of_a_sku(shop: Shirts) -> None:
    assert [one.product.sku for one in search_products(query="shirt")] == ["SHIRT-S"]
    assert next(one.product.sku for one in search_products(query="shirt-l")) == "SHIRT-L"


def test_variants_leave_room_for_other_things_that_are_found(shop: Shirts) -> None:
    for n in range(40):
        ProductFactory(name=f"Shirt of {n}", group=shop.group, options={"Size": str(n)})
    ProductFactory(sku="DRESS", name="Dress shirt")

    found = [one.product.sku for one in search_products(query="shirt", limit=5)]

    assert found == ["SHIRT-S", "DRESS"]


def test_a_list_with_variants_costs_a_bounded_number_of_queries(
    shop: Shirts, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    member = stored(shop.medium, shop.small, shop.tea)
    shown(member)
    # the state, the row, its products; of the variants: their siblings, lines and events of the member
    with django_assert_num_queries(6):
        assert shown(member) == ["SHIRT-M", "TEA"]


def test_members_are_told_apart(shop: Shirts) -> None:
    first, second = stored(shop.medium), stored(shop.medium)
    bought(first, shop.small)

    assert (shown(first), shown(second)) == ([], ["SHIRT-M"])
