from __future__ import annotations

import pytest

from membership.catalogue.paths import category_ids
from membership.models import Category
from tests.factories import CategoryFactory

pytestmark = pytest.mark.django_db


def test_missing_categories_are_made_with_those_above() -> None:
    ids = category_ids(["Food > Tea > Green", "Food > Coffee"])

    assert sorted(Category.objects.values_list("path", flat=True)) == [
        "Food", "Food > Coffee", "Food > Tea", "Food > Tea > Green",
    ]  # fmt: skip
    assert Category.objects.get(pk=ids["Food > Tea > Green"]).name == "Green"


def test_capitals_of_any_letter_and_former_paths_are_known() -> None:
    apples = CategoryFactory(name="Äpfel")
    tea = CategoryFactory(name="Tea")
    tea.name = "Teas"
    tea.save()

    assert category_ids(["äpfel", "TEA", "Teas"]) == {"äpfel": apples.pk, "TEA": tea.pk, "Teas": tea.pk}


def test_known_ones_take_two_queries_however_many(django_assert_num_queries) -> None:
    paths = [CategoryFactory().path for _n in range(5)]
    with django_assert_num_queries(2):
        assert len(category_ids(paths)) == 5
    with django_assert_num_queries(0):
        assert category_ids([]) == {}
