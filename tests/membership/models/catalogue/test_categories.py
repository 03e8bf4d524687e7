"""A category's path follows from the names: it cannot disagree with them, and those below follow."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from membership.models import Category, CategoryFormerPath
from tests.factories import CategoryFactory, ProductFactory

pytestmark = pytest.mark.django_db


def paths() -> list[str]:
    return list(Category.objects.order_by("path").values_list("path", flat=True))


def former() -> dict[str, str]:
    return dict(CategoryFormerPath.objects.values_list("path", "category__path"))


def test_renaming_takes_those_below_along_and_keeps_all_former_paths() -> None:
    CategoryFactory(path="Food > Coffee > Ground")
    coffee = Category.objects.get(path="Food > Coffee")

    coffee.name = "Hot drinks"
    coffee.save()

    assert paths() == ["Food", "Food > Hot drinks", "Food > Hot drinks > Ground"]
    assert former() == {
        "Food > Coffee": "Food > Hot drinks",
        "Food > Coffee > Ground": "Food > Hot drinks > Ground",
    }


def test_moving_takes_those_below_along() -> None:
    CategoryFactory(path="Food > Coffee > Ground")
    drinks, coffee = CategoryFactory(name="Drinks"), Category.objects.get(path="Food > Coffee")

    coffee.parent = drinks
    coffee.save()

    assert paths() == ["Drinks", "Drinks > Coffee", "Drinks > Coffee > Ground", "Food"]


def test_a_path_that_another_takes_is_no_former_one_any_more() -> None:
    tea = CategoryFactory(name="Tea")
    for name in ("Teas", "Tea", "Leaves"):
        tea.name = name
        tea.save()
    assert former() == {"Tea": "Leaves", "Teas": "Leaves"}

    CategoryFactory(name="Tea")

    assert former() == {"Teas": "Leaves"}


def test_what_is_saved_without_a_change_of_names_writes_no_former_path(django_assert_max_num_queries) -> None:
    tea = CategoryFactory(name="Tea")

    with django_assert_max_num_queries(7):
        tea.save()

    assert former() == {}


@pytest.mark.parametrize("change", [{"name": "Food > Tea"}, {"path": "Elsewhere"}, {"path": "Food > Coffee"}])
def test_the_database_refuses_a_path_that_disagrees(change) -> None:
    tea = CategoryFactory(path="Food > Tea")

    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.filter(pk=tea.pk).update(**change)


def test_a_category_cannot_stand_below_itself() -> None:
    ground = CategoryFactory(path="Food > Coffee > Ground")
    food = Category.objects.get(path="Food")
    food.parent = ground

    with pytest.raises(ValidationError, match="below itself"):
        food.full_clean()
    with pytest.raises(ValueError, match="below itself"):
        food.save()
    assert paths() == ["Food", "Food > Coffee", "Food > Coffee > Ground"]


@pytest.mark.parametrize(
    ("name", "message"), [("Tea", "already"), ("A > B", "cannot hold"), ("x" * 120, "too long")]
)
def test_a_name_that_cannot_be_is_refused_at_the_field(name, message) -> None:
    CategoryFactory(name="Tea")
    ground = CategoryFactory(path="Coffee")
    for _number in range(3):
        ground = CategoryFactory(name="y" * 110, parent=ground)
    coffee = Category.objects.get(path="Coffee")
    coffee.name = name

    with pytest.raises(ValidationError, match=message) as caught:
        coffee.full_clean()
    assert set(caught.value.message_dict) == {"name"}


def test_products_keep_their_category() -> None:
    product = ProductFactory(category=CategoryFactory(name="Tea"))
    product.category.name = "Teas"
    product.category.save()

    product.refresh_from_db()

    assert product.category.path == "Teas"


class AnyChanges(TestCase):
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7), st.sampled_from("abc")), max_size=12))
    def test_after_any_renaming_and_moving_every_path_is_that_of_its_names(self, changes) -> None:
        CategoryFactory(path="a > b > c")
        CategoryFactory(path="b > a > c")
        rows = list(Category.objects.order_by("pk"))
        for which, under, name in changes:
            row = Category.objects.get(pk=rows[which].pk)
            row.name, row.parent = name, rows[under] if under < len(rows) else None
            try:
                row.full_clean()
            except ValidationError:
                continue
            row.save()

        for row in Category.objects.select_related("parent"):
            assert row.path == (f"{row.parent.path} > {row.name}" if row.parent else row.name)
        assert not set(former()) & set(paths())
