"""Products, categories and stores in the admin, with pages that apps add."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils.translation import gettext_lazy

from config.backoffice.staff_groups import create_staff_groups
from membership.catalogue import product_pages as module
from membership.catalogue.product_pages import ProductPage, product_pages, register_product_page
from membership.models import Product, ProductGroup, StockMovement
from membership.models.catalogue.stock import Oversell
from recommendations.models import RepeatGap
from tests.factories import (
    NOON,
    AdminFactory,
    CategoryFactory,
    ProductFactory,
    StaffFactory,
    StoreFactory,
)
from tests.membership.orders.makers import taken
from tests.membership.orders.random_cases.stock_shop import oversell

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


# --- stock and variants ----------------------------------------------------------------------------------
def form_of(product: Product, **values: object) -> dict[str, object]:
    shown = {
        "sku": product.sku, "name": product.name, "category": product.category_id or "",
        "brand": product.brand, "price": product.price, "currency": product.currency,
        "stock": "" if product.stock is None else product.stock, "is_active": "on", "lead_time_days": "",
        "service_level": "", "group": product.group_id or "", "options": json.dumps(product.options),
    }  # fmt: skip
    return {**shown, **values}


def page_of(product: Product) -> str:
    return f"/admin/membership/product/{product.pk}/change/"


def test_a_stock_that_staff_set_stands_in_the_history_with_their_name(boss: Client) -> None:
    product = ProductFactory(sku="TEA", stock=5)

    assert boss.post(page_of(product), form_of(product, stock=9)).status_code == 302

    row = StockMovement.objects.get()
    assert (row.units, row.stock, row.source, row.who) == (4, 9, "admin", User.objects.get().username)
    assert Product.objects.get().stock == 9
    page = boss.get("/admin/membership/stockmovement/", {"source": "admin"}).content.decode()
    assert "+4" in page


def test_another_field_changes_without_touching_what_orders_take(boss: Client, monkeypatch) -> None:
    product = ProductFactory(sku="TEA", stock=5)
    form = form_of(product, name="Green tea")
    Product.objects.update(stock=2)  # an order came while the page was open

    boss.post(page_of(product), {**form, "stock": 2})

    stored = Product.objects.get()
    assert (stored.name, stored.stock, StockMovement.objects.count()) == ("Green tea", 2, 0)


def test_a_product_shows_the_other_variants_of_its_group(boss: Client) -> None:
    group = ProductGroup.objects.create(code="tee", name="Tee", options=["Size"])
    small = ProductFactory(sku="TEE-S", group=group, options={"Size": "S"})
    ProductFactory(sku="TEE-M", group=group, options={"Size": "M"}, stock=3)

    page = boss.get(page_of(small)).content.decode()
    assert "TEE-M" in page
    listed = boss.get(f"/admin/membership/productgroup/{group.pk}/change/").content.decode()
    assert "TEE-S" in listed
    assert "TEE-M" in listed


@pytest.mark.parametrize(
    ("options", "in_group", "words"),
    [
        ('{"Size": 3}', True, "Write names and values"),
        ('{"Size": "L"}', False, "choose it"),
        ('{"Size": "m"}', True, "TEE-M of the same group has these options"),
    ],
    ids=["no text", "no group", "taken"],
)
def test_options_that_no_variant_can_have_are_refused(boss: Client, options, in_group, words) -> None:
    group = ProductGroup.objects.create(code="tee", options=["Size"])
    ProductFactory(sku="TEE-M", group=group, options={"Size": "M"})
    product = ProductFactory(sku="TEE-S")
    form = form_of(product, options=options, group=group.pk if in_group else "")

    assert words in boss.post(page_of(product), form).content.decode()


def test_the_option_names_of_a_group_are_a_list(boss: Client) -> None:
    group = ProductGroup.objects.create(code="tee", options=["Size"])
    page = f"/admin/membership/productgroup/{group.pk}/change/"
    inline = {"products-TOTAL_FORMS": 0, "products-INITIAL_FORMS": 0}

    refused = boss.post(page, {"code": "tee", "name": "Tee", "options": '"Size"', **inline})
    boss.post(page, {"code": "tee", "name": "Tee", "options": '["Colour", "Size"]', **inline})

    assert "Write the names as a list" in refused.content.decode()
    group.refresh_from_db()
    assert (group.name, group.options) == ("Tee", ["Colour", "Size"])


def test_groups_are_listed_with_few_queries(boss: Client, django_assert_max_num_queries) -> None:
    for n in range(6):
        ProductFactory(
            group=ProductGroup.objects.create(code=f"g{n}", options=["Size"]), options={"Size": "M"}
        )
    boss.get("/admin/membership/productgroup/")
    with django_assert_max_num_queries(10):
        assert "g5" in boss.get("/admin/membership/productgroup/").content.decode()


def test_what_orders_wait_for_is_listed(boss: Client) -> None:
    oversell(Oversell.BACKORDER)
    ProductFactory(sku="TEA", stock=1)
    order = taken({"TEA": 4})

    page = boss.get("/admin/membership/backorder/").content.decode()
    assert order.order_no in page
    assert boss.get(f"/admin/membership/order/{order.pk}/change/").status_code == 200


def test_support_sees_movements_and_changes_no_stock(client: Client) -> None:
    create_staff_groups()
    client.force_login(StaffFactory(groups=["Support"]))
    product = ProductFactory(stock=5)

    assert client.get("/admin/membership/stockmovement/").status_code == 200
    assert client.post(page_of(product), form_of(product, stock=9)).status_code == 403
    assert Product.objects.get().stock == 5


def test_a_product_without_options_has_an_empty_field(boss: Client) -> None:
    product = ProductFactory(sku="TEA")

    page = boss.get(page_of(product))
    assert page.context["adminform"].form["options"].value() == ""
    assert ">null<" not in page.content.decode().replace("\n", "")
    assert boss.post(page_of(product), form_of(product, options="")).status_code == 302
    product.refresh_from_db()
    assert product.options is None
