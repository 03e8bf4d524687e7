from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from membership.models import Category, Product
from tests.importing.import_files import (
    import_rows,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_categories_become_one_tree_whatever_their_spelling(file):
    paths = ("Food > Dairy", "FOOD >dairy", "food› Dairy > Milk", "Food")
    rows = [{"sku": f"P{n}", "name": "x", "category": path, "price": "1.50"} for n, path in enumerate(paths)]
    import_rows("products", file, rows)
    assert sorted(Category.objects.values_list("path", flat=True)) == [
        "Food",
        "Food > Dairy",
        "Food > Dairy > Milk",
    ]
    milk = Category.objects.get(name="Milk")
    assert milk.parent is not None
    assert milk.parent.path == "Food > Dairy"
    assert Product.objects.get(sku="P1").category == milk.parent


def test_a_known_sku_is_updated_and_empty_fields_keep_their_value(file):
    rows = [{"sku": "P1", "name": "Milk", "price": "1.50", "stock": "7", "currency": "eur"}]
    import_rows("products", file, rows)
    first = Product.objects.get()
    assert import_rows("products", file, rows).duplicate == 1
    report = import_rows(
        "products", file, [{"sku": "P1", "name": "", "price": "$2.00", "stock": "", "currency": ""}]
    )
    product = Product.objects.get()
    assert (product.name, product.price, product.stock, product.currency) == ("Milk", Decimal(2), 7, "EUR")
    assert (product.pk, product.public_id, report.updated) == (first.pk, first.public_id, 1)


def test_a_product_without_name_or_currency_gets_them_by_rule(file):
    report = import_rows("products", file, [{"sku": "P1", "price": "1"}])
    assert (Product.objects.get().name, Product.objects.get().currency) == ("P1", "USD")
    assert report.imputed_by_field == {"name": 1, "currency": 1}


def test_a_price_that_is_negative_or_missing_is_rejected(file):
    report = import_rows("products", file, [{"sku": "P1", "price": "-1"}, {"sku": "P2", "price": ""}])
    assert report.rejected_by_reason == {"negative": 1, "missing": 1}


def test_a_product_whose_sku_was_changed_is_not_made_again(file):
    row = {"sku": "P1", "name": "Milk", "price": "1.50"}
    import_rows("products", file, [row])
    product = Product.objects.get()
    product.sku = "NEW-1"
    product.save()

    report = import_rows("products", file, [{**row, "price": "2.00"}])

    assert (Product.objects.get().sku, Product.objects.get().price, report.updated) == (
        "NEW-1",
        Decimal(2),
        1,
    )
