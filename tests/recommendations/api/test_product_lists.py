from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from membership.models import Product
from recommendations.models import MerchandisingRule, SimilarProduct
from recommendations.services.writing.item_lists import renew_item_lists
from tests.api_client import key_client, member_client, nobody, staff_client
from tests.factories import (
    NOON,
    CategoryFactory,
    MemberFactory,
    OrderFactory,
    OrderItemFactory,
    ProductFactory,
)

pytestmark = pytest.mark.django_db


def goes_with(product: Product, *others: Product, kind: str = "together") -> None:
    entries = [{"product": other.pk, "score": 0.9 - n / 10} for n, other in enumerate(others)]
    SimilarProduct.objects.create(product=product, kind=kind, products=entries, scored_at=NOON)


def get(path: str, **query: Any) -> Any:
    return key_client("recommendations:read", "products:read").get(f"/api/v1/{path}", query)


def skus(answer: Any) -> list[str]:
    return [product["sku"] for product in answer.json()["products"]]


def test_similar_products_in_their_order_with_reasons():
    one, second, third = (ProductFactory() for _ in range(3))
    goes_with(one, second, third, kind="similar")
    answer = get(f"products/{one.public_id}/similar/")

    assert skus(answer) == [second.sku, third.sku]
    assert answer.json()["source"] == "similar"
    assert answer.json()["products"][0]["reason"]["text"] == f"similar to {one.name}"
    assert skus(get(f"products/{one.public_id}/similar/", limit=1)) == [second.sku]


def test_a_new_product_is_like_others_of_its_category():
    category = CategoryFactory()
    new, other, _elsewhere = (
        ProductFactory(category=category),
        ProductFactory(category=category),
        ProductFactory(),
    )
    answer = get(f"products/{new.public_id}/similar/")

    assert (answer.json()["source"], skus(answer)) == ("category", [other.sku])


def test_a_product_without_category_or_neighbours_has_nothing():
    product = ProductFactory(category=None)
    for route in ("similar", "bought-together"):
        answer = get(f"products/{product.public_id}/{route}/")
        assert (answer.json()["source"], skus(answer)) == ("none", [])


def test_neither_sold_out_nor_hidden_products_are_listed():
    one, gone, hidden, kept = (ProductFactory() for _ in range(4))
    goes_with(one, gone, hidden, kept)
    Product.objects.filter(pk=gone.pk).update(stock=0)
    MerchandisingRule.objects.create(name="x", action="hide", product=hidden)

    assert skus(get(f"products/{one.public_id}/bought-together/")) == [kept.sku]


def test_an_unchanged_list_is_not_sent_twice():
    one = ProductFactory()
    goes_with(one, ProductFactory())
    path = f"/api/v1/products/{one.public_id}/bought-together/"
    client = key_client("recommendations:read")
    tag = client.get(path)["ETag"]

    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    Product.objects.exclude(pk=one.pk).update(price=9)
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_an_unknown_product_is_not_found():
    for route in ("similar", "bought-together"):
        assert get(f"products/{uuid.uuid4()}/{route}/").status_code == 404


def test_trending_is_what_is_bought_more_than_before():
    steady, rising = ProductFactory(), ProductFactory()
    for days in range(0, 60, 3):
        order = OrderFactory(placed_at=NOON - timedelta(days=days))
        OrderItemFactory(order=order, product=steady)
        if days < 12:
            OrderItemFactory(order=order, product=rising)
    answer = get("recommendations/trending/")

    assert (answer.json()["source"], skus(answer)) == ("trending", [rising.sku, steady.sku])
    assert skus(get("recommendations/trending/", category=steady.category.path)) == [steady.sku]
    assert skus(get("recommendations/trending/", category="Nowhere")) == []


class TestCart:
    def post(self, *products: str, client: Any = None, **more: Any) -> Any:
        client = client or key_client("recommendations:read")
        return client.post("/api/v1/recommendations/cart/", {"products": list(products), **more})

    def test_what_goes_with_everything_in_it(self):
        pasta, wine, sauce, cheese = (ProductFactory() for _ in range(4))
        goes_with(pasta, sauce, cheese)
        goes_with(wine, cheese, pasta)
        answer = self.post(pasta.sku, str(wine.public_id))

        assert answer.status_code == 200
        assert (answer.json()["source"], skus(answer)) == ("together", [cheese.sku, sauce.sku])

    def test_an_empty_cart_gets_what_is_popular(self):
        line = OrderItemFactory()

        assert (self.post().json()["source"], skus(self.post())) == ("popular", [line.product.sku])

    def test_or_the_members_own_list(self):
        line, beside = OrderItemFactory(), ProductFactory()
        goes_with(line.product, beside)
        answer = self.post(member=line.member.member_no)

        assert (answer.json()["source"], skus(answer)) == ("transitions", [beside.sku])

    def test_an_unknown_product_is_named(self):
        answer = self.post(ProductFactory().sku, "NO-SUCH")

        assert answer.status_code == 400
        assert answer.json()["errors"] == [{"field": "products.1", "message": "There is no product NO-SUCH."}]

    def test_a_member_asks_only_for_themselves(self):
        member, other = MemberFactory(), MemberFactory()
        client = member_client(member)

        assert self.post(client=client).status_code == 200
        assert self.post(client=client, member=member.member_no).status_code == 200
        assert self.post(client=client, member=other.member_no).status_code == 400


class TestSearch:
    @pytest.fixture
    def shelf(self) -> dict[str, Product]:
        names = ("Ground coffee", "Coffee filters", "Dog food with chicken", "研磨咖啡", "Tea")
        products: dict[str, Any] = {name: ProductFactory(name=name) for name in names}
        renew_item_lists(as_of=timezone.now())
        return products

    def test_words_and_meaning(self, shelf: dict[str, Product]):
        listed = skus(get("products/search/", q="ground coffee"))

        assert listed[0] == shelf["Ground coffee"].sku
        assert shelf["研磨咖啡"].sku in listed
        assert shelf["Dog food with chicken"].sku not in listed

    def test_chinese_finds_english(self, shelf: dict[str, Product]):
        listed = skus(get("products/search/", q="狗粮"))

        assert listed[0] == shelf["Dog food with chicken"].sku

    def test_a_sku_comes_first(self, shelf: dict[str, Product]):
        assert skus(get("products/search/", q=shelf["Tea"].sku.lower()))[0] == shelf["Tea"].sku

    def test_what_is_newer_than_the_index_is_found_by_name(self, shelf: dict[str, Product]):
        new = ProductFactory(name="Oolong leaves")

        assert skus(get("products/search/", q="oolong")) == [new.sku]

    def test_what_cannot_be_sold_is_not_found(self, shelf: dict[str, Product]):
        Product.objects.update(stock=0)

        assert skus(get("products/search/", q="coffee")) == []

    def test_before_the_first_retrain_names_decide(self):
        tea = ProductFactory(name="Green tea")
        ProductFactory(name="Coffee")

        assert skus(get("products/search/", q="tea green")) == [tea.sku]

    @pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "x" * 201}, {"q": "tea", "limit": 0}])
    def test_bad_queries_are_refused(self, query: dict[str, Any]):
        assert get("products/search/", **query).status_code == 400


PATHS = ("recommendations/trending/", "products/search/?q=tea")


@pytest.mark.parametrize("path", PATHS)
def test_who_may_ask(path: str):
    assert nobody().get(f"/api/v1/{path}").status_code == 401
    assert key_client("orders:read").get(f"/api/v1/{path}").status_code == 403
    assert staff_client().get(f"/api/v1/{path}").status_code == 403
    assert member_client(MemberFactory()).get(f"/api/v1/{path}").status_code == 200


@pytest.mark.parametrize("route", ["similar/", "bought-together/"])
def test_lists_cost_the_same_however_long_they_are(
    route: str, django_assert_num_queries: DjangoAssertNumQueries
):
    one = ProductFactory()
    for kind in ("similar", "together"):
        goes_with(one, *[ProductFactory() for _ in range(8)], kind=kind)
    client = key_client("recommendations:read")
    path = f"/api/v1/products/{one.public_id}/{route}"
    client.get(path)  # rules are in the cache from now on
    with django_assert_num_queries(4):  # the key, the product, its neighbours, their rows
        assert len(client.get(path).json()["products"]) == 8


def test_trending_and_search_cost_few_queries(django_assert_num_queries: DjangoAssertNumQueries):
    for _ in range(8):
        OrderItemFactory(product__name="Tea")
    client = key_client("recommendations:read", "products:read")
    client.get("/api/v1/recommendations/trending/")
    with django_assert_num_queries(2):  # the key, the products
        assert len(client.get("/api/v1/recommendations/trending/").json()["products"]) == 8
    with django_assert_num_queries(4):  # the key, by SKU, by name, the products
        assert len(client.get("/api/v1/products/search/", {"q": "tea"}).json()["products"]) == 8
