"""One category in the place of another."""

from __future__ import annotations

import pytest
from django.utils import timezone

from membership.catalogue.merging import merge_category
from membership.errors import Conflict
from membership.models import Category, CategoryFormerPath, Segment
from membership.segments.by_rule import refresh_due, rule_text
from recommendations.models import MerchandisingRule
from tests.factories import CategoryFactory, OrderItemFactory, ProductFactory
from tests.membership.rules.rule_texts import dynamic

pytestmark = pytest.mark.django_db


def test_products_sales_and_rules_move_and_imports_find_the_other() -> None:
    tea, teas = CategoryFactory(name="Tea"), CategoryFactory(name="Teas")
    sold = OrderItemFactory(product=ProductFactory(category=tea), category=tea, placed_at=timezone.now())
    fans = dynamic("fans", 'bought(category: "Tea")')
    shown = MerchandisingRule.objects.create(name="Push", action="boost", amount=2, category=tea)

    merge_category(category=tea, into=teas, user=None)
    refresh_due()

    for row in (sold, sold.product, shown):
        row.refresh_from_db()
    fans.refresh_from_db()
    assert {sold.category, sold.product.category, shown.category} == {teas}
    assert (rule_text(fans), fans.member_count, fans.versions.count()) == ('bought(category: "Teas")', 1, 2)
    assert dict(CategoryFormerPath.objects.values_list("path", "category")) == {"Tea": teas.pk}


def test_categories_below_go_along_and_those_of_one_name_become_one() -> None:
    CategoryFactory(path="A > Same > Deep")
    CategoryFactory(path="A > Other")
    CategoryFactory(path="B > Same")
    a, b = Category.objects.get(path="A"), Category.objects.get(path="B")

    merge_category(category=a, into=b, user=None)

    assert set(Category.objects.values_list("path", flat=True)) == {
        "B", "B > Same", "B > Same > Deep", "B > Other"
    }  # fmt: skip
    assert CategoryFormerPath.objects.get(path="A > Same").category.path == "B > Same"
    assert CategoryFormerPath.objects.get(path="A > Same > Deep").category.path == "B > Same > Deep"


def test_a_category_cannot_go_into_one_below_it() -> None:
    below = CategoryFactory(path="A > B")

    with pytest.raises(Conflict, match="lies in"):
        merge_category(category=Category.objects.get(path="A"), into=below, user=None)


def test_rules_about_the_other_are_due_too() -> None:
    tea, teas = CategoryFactory(name="Tea"), CategoryFactory(name="Teas")
    fans = dynamic("fans", 'bought(category: "Teas")')

    merge_category(category=tea, into=teas, user=None)

    assert Segment.objects.get(pk=fans.pk).due_at is not None
