from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoAssertNumQueries

from membership.models import Product
from recommendations.ml.similar.text_embedding import TextIndex
from recommendations.ml.similar.text_encoders import NgramEncoder
from recommendations.services.serving.search import search_products
from recommendations.services.writing import search_index
from recommendations.services.writing.search_index import store_index
from tests.factories import OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_loaded() -> Iterator[None]:
    search_index._loaded = None
    yield
    search_index._loaded = None


def names_for(query: str, limit: int = 10) -> list[str]:
    return [one.product.name for one in search_products(query=query, limit=limit)]


def index_all() -> None:
    rows = list(Product.objects.order_by("pk").values_list("pk", "name"))
    texts = TextIndex(text_encoder=NgramEncoder()).fit([name for _pk, name in rows])
    store_index(index=texts, product_ids=[pk for pk, _name in rows])


def test_before_the_first_retrain_names_decide():
    ProductFactory(name="Ground coffee", brand="Roaster")
    ProductFactory(name="Green tea")

    assert names_for("coffee") == ["Ground coffee"]
    assert names_for("coffee roaster") == ["Ground coffee"]
    assert names_for("coffee tea") == []


def test_the_sku_comes_first():
    ProductFactory(name="SKU-7 holder", sku="A1")
    ProductFactory(name="Green tea", sku="SKU-7")

    assert names_for("sku-7") == ["Green tea", "SKU-7 holder"]


def test_what_is_sold_out_or_hidden_is_not_found():
    ProductFactory(name="Ground coffee", stock=0)
    ProductFactory(name="Whole coffee", is_active=False)
    index_all()

    assert names_for("coffee") == []


def test_the_index_finds_words_that_are_misspelt():
    ProductFactory(name="Ground coffee")
    ProductFactory(name="Green tea")
    assert names_for("cofee") == []
    index_all()

    assert names_for("cofee")[:1] == ["Ground coffee"]


def test_of_two_products_of_one_name_the_more_popular_comes_first():
    ProductFactory(name="Ground coffee", sku="C1")
    popular = ProductFactory(name="Ground coffee", sku="C2")
    OrderItemFactory(product=popular)
    index_all()

    assert search_products(query="ground coffee")[0].product.sku == "C2"


def test_a_product_that_the_index_does_not_know_yet_is_found_by_its_name():
    ProductFactory(name="Green tea")
    index_all()
    ProductFactory(name="Herbal tea infusion")

    assert "Herbal tea infusion" in names_for("herbal")


@pytest.mark.parametrize("query", ["", "   ", "\n"])
def test_a_blank_query_finds_nothing(query: str):
    ProductFactory()

    assert search_products(query=query) == []


def test_a_list_keeps_to_its_limit_and_takes_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
):
    for number in range(12):
        ProductFactory(name=f"Coffee {number}")

    with django_assert_max_num_queries(4):
        assert len(search_products(query="coffee", limit=5)) == 5


def test_scores_fall_and_say_why():
    ProductFactory(name="Ground coffee", sku="coffee")
    ProductFactory(name="Whole coffee")
    first, second = search_products(query="coffee")

    assert (first.score, second.score) == (1.0, 0.5)
    assert first.reason.code == "matches"
