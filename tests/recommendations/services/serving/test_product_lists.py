"""Lists about products and carts: where they come from, and what they never hold."""

from __future__ import annotations

import pytest

from membership.models import Product
from recommendations.models import SimilarProduct
from recommendations.services.serving.product_lists import (
    For,
    ProductList,
    bought_together,
    cart_products,
    similar_products,
)
from tests.factories import NOON, CategoryFactory, EventFactory, MemberFactory, ProductFactory

pytestmark = pytest.mark.django_db

Kind = SimilarProduct.Kind


def near(product: Product, *others: Product, kind: str = Kind.SIMILAR) -> None:
    """``others`` are neighbours of ``product``, best first."""
    products = [{"product": other.pk, "score": 1 / rank} for rank, other in enumerate(others, start=1)]
    SimilarProduct.objects.create(product=product, kind=kind, products=products, scored_at=NOON)


def shown(answer: ProductList) -> list[Product]:
    return [one.product for one in answer.products]


def test_similar_products_come_best_first_with_the_product_as_reason():
    product, first, second = ProductFactory.create_batch(3)
    near(product, first, second)
    answer = similar_products(product=product)

    assert (answer.source, shown(answer)) == ("similar", [first, second])


def test_a_product_that_nothing_is_known_about_gets_others_of_its_category():
    category = CategoryFactory()
    product, other = ProductFactory.create_batch(2, category=category)
    ProductFactory(category=CategoryFactory())

    answer = similar_products(product=product)
    assert (answer.source, shown(answer)) == ("category", [other])


def test_a_product_alone_in_the_shop_gets_an_empty_list():
    answer = similar_products(product=ProductFactory(category=None))
    assert (answer.source, answer.products) == ("none", [])


@pytest.mark.parametrize("gone", [{"is_active": False}, {"stock": 0}])
def test_what_cannot_be_bought_is_not_shown(gone):
    product, kept = ProductFactory.create_batch(2)
    near(product, ProductFactory(**gone), kept, kind=Kind.TOGETHER)
    assert shown(bought_together(product=product)) == [kept]


def test_what_is_bought_with_it_has_no_substitute():
    product, similar = ProductFactory.create_batch(2)
    near(product, similar)
    assert bought_together(product=product).source == "none"


def test_a_list_is_cut_to_its_limit():
    product, *others = ProductFactory.create_batch(5)
    near(product, *others, kind=Kind.TOGETHER)
    assert shown(bought_together(product=product, limit=2)) == others[:2]


def test_a_cart_gets_what_goes_with_its_products_and_nothing_of_itself():
    bread, butter, jam = ProductFactory.create_batch(3)
    near(bread, butter, jam, kind=Kind.TOGETHER)
    answer = cart_products(cart=[bread, butter])

    assert answer.source == "together"
    assert shown(answer) == [jam]


def test_the_last_product_put_into_the_cart_counts_most():
    first, last, with_first, with_last = ProductFactory.create_batch(4)
    near(first, with_first, kind=Kind.TOGETHER)
    near(last, with_last, kind=Kind.TOGETHER)
    assert shown(cart_products(cart=[first, last])) == [with_last, with_first]


def test_a_cart_with_no_company_gets_similar_products():
    bread, roll = ProductFactory.create_batch(2)
    near(bread, roll)
    assert cart_products(cart=[bread]).source == "similar"


def test_the_lists_take_as_many_queries_for_many_products_as_for_few(django_assert_max_num_queries):
    product, *others = ProductFactory.create_batch(12)
    near(product, *others, kind=Kind.TOGETHER)
    with django_assert_max_num_queries(6):
        assert len(shown(bought_together(product=product))) == 10


def test_a_cart_is_not_filled_up_with_what_its_member_does_not_want():
    member, carted, unwanted, wanted = MemberFactory(), *(ProductFactory() for _ in range(3))
    entries = [{"product": one.pk, "score": 0.8} for one in (unwanted, wanted)]
    SimilarProduct.objects.create(product=carted, kind="together", products=entries, scored_at=NOON)
    EventFactory(member=member, type="not_interested", product=unwanted)

    assert [one.product for one in cart_products(cart=[carted], whom=For.somebody(member)).products] == [
        wanted
    ]
    assert len(cart_products(cart=[carted]).products) == 2
