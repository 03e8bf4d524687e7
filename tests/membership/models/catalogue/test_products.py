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
