"""Products, categories and stores in the admin, with pages that apps add."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.translation import gettext_lazy

from membership.catalogue import product_pages as module
from membership.catalogue.product_pages import ProductPage, product_pages, register_product_page
from membership.models import Product
from recommendations.models import RepeatGap
from tests.factories import (
    NOON,
    AdminFactory,
    CategoryFactory,
    ProductFactory,
    StaffFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def test_a_page_that_an_app_registers_is_linked_from_every_product(boss: Client) -> None:
    product = ProductFactory(sku="TEA-1")

    page = boss.get("/admin/membership/product/").content.decode()

    for registered in product_pages():
        assert registered.link(product.pk) in page
    assert "demand" in {registered.key for registered in product_pages()}


def test_a_page_is_registered_once_under_its_key(monkeypatch) -> None:
    monkeypatch.setattr(module, "_pages", {})
    for title in ("A", "B"):
        register_product_page(
            ProductPage("notes", gettext_lazy(title), lambda request, product_id: HttpResponse())
        )

    (page,) = product_pages()
    assert (str(page.title), page.url_name) == ("B", "membership_product_notes")


@pytest.mark.parametrize(
    ("query", "finds"), [("green", True), ("tea-", True), ("acme", True), ("zzz", False)]
)
def test_products_are_found_by_name_sku_and_brand(boss: Client, query, finds) -> None:
    ProductFactory(name="Green leaves", sku="TEA-1", brand="Acme")

    assert ("Green leaves" in boss.get("/admin/membership/product/", {"q": query}).content.decode()) is finds


def test_a_product_is_hidden_and_never_deleted(boss: Client) -> None:
    product = ProductFactory()

    assert boss.post(f"/admin/membership/product/{product.pk}/delete/", {"post": "yes"}).status_code == 403


def test_categories_and_stores_are_listed(boss: Client) -> None:
    CategoryFactory(path="Food > Tea")
    StoreFactory(code="north")

    assert "Food &gt; Tea" in boss.get("/admin/membership/category/").content.decode()
    assert "north" in boss.get("/admin/membership/store/").content.decode()


def test_staff_without_permission_see_none_of_them(client: Client) -> None:
    client.force_login(StaffFactory())

    assert {
        client.get(f"/admin/membership/{path}/").status_code for path in ("product", "category", "store")
    } == {403}


@pytest.mark.parametrize(
    ("path", "factory"),
    [
        ("product", ProductFactory),
    ],
)
def test_lists_cost_the_same_whatever_their_length(
    boss: Client, django_assert_max_num_queries: Any, path: str, factory: Any
) -> None:
    factory.create_batch(32)
    with django_assert_max_num_queries(14):
        assert boss.get(f"/admin/membership/{path}/").status_code == 200


class TestMarksAndCost:
    def page(self, boss: Client, product: Product, **given: str) -> str:
        path = f"/admin/membership/product/{product.pk}/change/"
        if not given:
            return boss.get(path).content.decode()
        form = {"sku": product.sku, "name": product.name, "price": "10", "currency": "USD", "is_active": "on"}
        return boss.post(path, {**form, **given}).content.decode()

    def test_marks_are_set_and_written_in_one_form(self, boss: Client) -> None:
        product = ProductFactory()
        self.page(
            boss, product, cost="4", min_age="18", countries="Austria, de", languages="de", buy_again_days="0"
        )
        product.refresh_from_db()

        assert (product.countries, product.languages, product.min_age) == ("AT,DE", "de", 18)
        assert (product.buy_again_days, product.cost) == (0, 4)
        assert "60%" in self.page(boss, product)
        assert "60%" in boss.get("/admin/membership/product/").content.decode()

    def test_wrong_codes_are_refused_at_their_field(self, boss: Client) -> None:
        product = ProductFactory()

        assert "Give known codes" in self.page(boss, product, countries="Nowhere")
        product.refresh_from_db()
        assert product.countries == ""

    def test_what_its_orders_teach_is_said(self, boss: Client) -> None:
        product = ProductFactory()
        RepeatGap.objects.create(
            product=product, days=34.2, early_days=9, gaps=120, again_share=0.4, learned_at=NOON
        )

        assert "after about 34 days (learned from 120 repeat purchases)" in self.page(boss, product)

    def test_a_category_has_an_age(self, boss: Client) -> None:
        wine = CategoryFactory(name="Wine")
        red = CategoryFactory(name="Red", parent=wine)
        boss.post(f"/admin/membership/category/{wine.pk}/change/", {"name": "Wine", "min_age": "18"})
        red.refresh_from_db()

        assert red.least_age == 18
