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


class TestMarksAndCost:
    ROW = {
        "sku": "P1", "name": "Wine", "price": "9.50", "cost": "4.25", "min_age": "18",
        "countries": "Austria; de", "languages": "de, FR", "buy_again_days": "30",
    }  # fmt: skip

    def stored(self) -> tuple[object, ...]:
        names = ("cost", "min_age", "countries", "languages", "buy_again_days")
        values: tuple[object, ...] = Product.objects.values_list(*names).get()
        return values

    def test_they_are_read_and_kept_where_a_later_file_is_silent(self, file):
        report = import_rows("products", file, [self.ROW])
        wine = (Decimal("4.25"), 18, "AT,DE", "de,fr", 30)

        assert (report.created, self.stored()) == (1, wine)
        import_rows("products", file, [{"sku": "P1", "name": "Wine", "price": "9.00", "cost": ""}])
        assert self.stored() == wine
        import_rows("products", file, [{**self.ROW, "buy_again_days": "0", "min_age": "0"}])
        assert self.stored() == (Decimal("4.25"), 0, "AT,DE", "de,fr", 0)

    def test_without_them_a_product_is_for_everybody(self, file):
        import_rows("products", file, [{"sku": "P1", "name": "Tea", "price": "9.50"}])

        assert self.stored() == (None, None, "", "", None)

    @pytest.mark.parametrize(
        ("column", "value"),
        [("min_age", "adults"), ("min_age", "-1"), ("countries", "AT, Nowhere"), ("languages", "???")],
    )
    def test_a_wrong_mark_rejects_its_row(self, file, column, value):
        report = import_rows("products", file, [{**self.ROW, column: value}])

        assert (report.created, report.rejected) == (0, 1)
        assert not Product.objects.exists()

    def test_a_wrong_cost_is_left_out(self, file):
        report = import_rows("products", file, [{**self.ROW, "cost": "secret"}])

        assert (report.created, self.stored()[0]) == (1, None)

    def test_a_new_category_below_one_with_an_age_has_it_too(self, file):
        wine = Category(name="Wine", min_age=18)
        wine.save()
        import_rows("products", file, [{**self.ROW, "category": "Wine > Red > Dry", "min_age": ""}])

        assert Category.objects.get(name="Dry").least_age == 18
        assert Product.objects.get().min_age is None
