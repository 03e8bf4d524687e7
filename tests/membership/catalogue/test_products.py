"""Products made, changed, taken out of the shop."""

from __future__ import annotations

from decimal import Decimal

import pytest

from learning.json_types import JsonObject
from membership.catalogue.products import create_product, remove_product, update_product
from membership.catalogue.stock.changing import Cause
from membership.errors import Conflict, Rejected
from membership.models import Category, Product, ProductGroup, StockMovement
from tests.factories import EventFactory, OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db
API = Cause("api", who="ann")


def draft(**values: object) -> JsonObject:
    return {"sku": "TEE-M", "price": Decimal("9.90"), **values}


def test_a_new_product_has_its_category_and_group_made() -> None:
    made = create_product(
        draft=draft(
            name="Tee M", category="Clothes > Tees", stock=4, group="tee", group_name="Tee",
            options={"Size": "M", "Colour": "Red"},
        )
    )  # fmt: skip

    stored = Product.objects.select_related("group", "category").get(pk=made.pk)
    assert (str(stored.category), stored.stock, stored.currency) == ("Clothes > Tees", 4, "USD")
    assert stored.group is not None
    assert (stored.group.code, stored.group.name, stored.group.options) == ("tee", "Tee", ["Size", "Colour"])
    assert stored.shown_options == {"Size": "M", "Colour": "Red"}
    assert stored.variant_text == "M / Red"


def test_a_name_and_a_category_in_other_capitals_are_those_that_exist() -> None:
    first = create_product(draft=draft(category="Clothes"))
    second = create_product(draft=draft(sku="TEE-L", category="CLOTHES"))

    assert (first.name, first.category_id) == ("TEE-M", second.category_id)
    assert Category.objects.count() == 1


def test_a_new_product_without_a_price_and_options_without_a_group_are_rejected() -> None:
    with pytest.raises(Rejected) as caught:
        create_product(draft={"sku": "TEE-M", "options": {"Size": "M"}})

    assert [one.field for one in caught.value.errors] == ["price", "options"]
    assert not Product.objects.exists()


def test_a_sku_and_options_belong_to_one_product() -> None:
    create_product(draft=draft(group="tee", options={"Size": "M"}))

    with pytest.raises(Conflict, match="has the SKU TEE-M"):
        create_product(draft=draft())
    with pytest.raises(Conflict, match="TEE-M of the same group has these options"):
        create_product(draft=draft(sku="OTHER", group="tee", options={"size": "m"}))
    assert Product.objects.count() == 1


def test_two_groups_may_have_the_same_options_and_one_several_products_without() -> None:
    create_product(draft=draft(group="tee", options={"Size": "M"}))
    create_product(draft=draft(sku="A", group="shirt", options={"Size": "M"}))
    create_product(draft=draft(sku="B", group="shirt"))
    create_product(draft=draft(sku="C", group="shirt"))
    assert ProductGroup.objects.get(code="shirt").products.count() == 3


def test_a_change_leaves_what_is_not_given() -> None:
    made = create_product(draft=draft(brand="Acme", group="tee", options={"Size": "M"}, stock=3))
    update_product(product=made, changes={"price": Decimal(8), "stock": 5}, cause=API)

    stored = Product.objects.get()
    assert (stored.price, stored.brand, stored.stock) == (Decimal(8), "Acme", 5)
    assert stored.options == {"Size": "M"}
    assert list(StockMovement.objects.values_list("units", "who")) == [(2, "ann")]


def test_a_product_leaves_its_group_with_its_options() -> None:
    made = create_product(draft=draft(group="tee", options={"Size": "M"}))
    update_product(product=made, changes={"group": ""}, cause=API)

    stored = Product.objects.get()
    assert (stored.group, stored.options, stored.options_key) == (None, None, "")


def test_what_an_order_had_named_is_known_now() -> None:
    made = ProductFactory(sku="OLD", is_placeholder=True, is_active=False)
    update_product(product=made, changes={"name": "Old tea"}, cause=API)

    stored = Product.objects.get()
    assert (stored.is_placeholder, stored.is_active) == (False, True)


def test_a_new_sku_keeps_the_old_one_for_those_who_use_it() -> None:
    made = create_product(draft=draft())
    update_product(product=made, changes={"sku": "TEE-MEDIUM"}, cause=API)

    assert Product.objects.get().former_skus.get().sku == "TEE-M"


def test_a_product_that_nothing_names_goes_and_others_are_hidden() -> None:
    never = create_product(draft=draft(stock=1))
    update_product(product=never, changes={"stock": 2}, cause=API)  # its own history goes with it
    sold, seen = OrderItemFactory().product, EventFactory().product

    assert [remove_product(product=one) for one in (never, sold, seen)] == [True, False, False]
    assert set(Product.objects.values_list("pk", "is_active")) == {(sold.pk, False), (seen.pk, False)}
