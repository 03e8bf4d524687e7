"""Products, categories and stores in the admin, with pages that apps add."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.translation import gettext_lazy

from membership.catalogue import product_pages as module
from membership.catalogue.product_pages import ProductPage, product_pages, register_product_page
from tests.factories import (
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
