"""Products, categories and stores."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from membership.models import Product
from tests.factories import CategoryFactory, ProductFactory, StoreFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "changes",
    [
        {"price": Decimal(-1)},
        {"sku": ""},
        {"lead_time_days": 0},
        {"lead_time_days": 57},
        {"service_level": 0.4},
        {"service_level": 1.0},
    ],
)
def test_an_impossible_product_is_refused_by_form_and_database(changes) -> None:
    with pytest.raises(ValidationError):
        ProductFactory.build(category=CategoryFactory(), **changes).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductFactory(**changes)


def test_sellable_products_are_shown_and_in_stock_or_not_counted() -> None:
    counted, uncounted = ProductFactory(stock=1), ProductFactory(stock=None)
    ProductFactory(stock=0)
    ProductFactory(is_active=False)

    assert set(Product.objects.sellable()) == {counted, uncounted}


def test_a_category_with_products_or_children_is_not_deleted() -> None:
    parent = CategoryFactory()
    ProductFactory(category=CategoryFactory(parent=parent))

    for row in (parent, Product.objects.get().category):
        assert row is not None
        with pytest.raises(ProtectedError):
            row.delete()


def test_a_path_is_unique() -> None:
    CategoryFactory(path="Food")

    with pytest.raises(IntegrityError), transaction.atomic():
        CategoryFactory(path="Food")


def test_names() -> None:
    assert str(StoreFactory.build(code="S1", name="")) == "S1"
    assert str(StoreFactory.build(code="S1", name="North")) == "North"
    assert str(ProductFactory.build(name="Tea", category=None)) == "Tea"


class TestShownTo:
    def test_codes_are_written_in_one_form(self):
        product = ProductFactory(countries="Austria; de", languages="FR, de")
        product.full_clean()

        assert (product.countries, product.languages) == ("AT,DE", "de,fr")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("countries", "Nowhere"),
            ("languages", "???"),
            ("min_age", 121),
            ("buy_again_days", 3_651),
            ("cost", -1),
        ],
    )
    def test_what_cannot_be_is_refused_at_its_field(self, field, value):
        with pytest.raises(ValidationError) as refused:
            ProductFactory.build(category=None, **{field: value}).full_clean()
        assert set(refused.value.message_dict) == {field}

    @pytest.mark.parametrize("values", [{"cost": -1}, {"min_age": 121}, {"buy_again_days": 3_651}])
    def test_the_database_refuses_it_too(self, values):
        product = ProductFactory()
        with pytest.raises(IntegrityError), transaction.atomic():
            Product.objects.filter(pk=product.pk).update(**values)

    @pytest.mark.parametrize(
        ("price", "cost", "share"),
        [(10, 4, 0.6), (10, None, None), (0, 1, None), (10, 12, 0.0), (10, 0, 1.0)],
    )
    def test_the_margin_is_the_part_of_the_price_that_the_shop_keeps(self, price, cost, share):
        assert ProductFactory.build(price=price, cost=cost).margin_share == share
