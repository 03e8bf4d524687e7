"""Templates of rules."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from membership.models import MemberFeatures
from membership.rules.checking import everything
from membership.segments.editing.templates import templates
from tests.factories import CategoryFactory, MemberFactory, OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db


def big_spenders() -> str:
    return next((one.text for one in templates(may=everything) if one.key == "big-spenders"), "")


def test_a_shop_that_sold_nothing_lately_has_no_template_of_a_category() -> None:
    assert big_spenders() == ""


def test_the_category_that_sold_most_is_named_as_its_path_is_written() -> None:
    tea, cups = CategoryFactory(path='Drinks > "Tea"'), CategoryFactory(path="Cups")
    for category, lines in ((tea, 2), (cups, 1)):
        OrderItemFactory.create_batch(
            lines, product=ProductFactory(category=category), order__placed_at=timezone.now()
        )

    assert r'category: "Drinks > \"Tea\""' in big_spenders()


@pytest.mark.parametrize(
    ("spends", "amount"),
    [([], 10), ([50], 10), ([1234], 100), ([100, 9_000], 900), ([100] * 19 + [9_999], 10)],
)
def test_the_amount_is_round_and_near_a_tenth_of_what_good_members_spend(spends, amount) -> None:
    OrderItemFactory(order__placed_at=timezone.now())
    for spend in spends:
        MemberFeatures.objects.create(member=MemberFactory(), spend_90d=Decimal(spend))

    assert f"spend_at_least: {amount}," in big_spenders()


def test_every_template_has_words_and_names_the_fields_it_needs() -> None:
    for one in templates(may=everything):
        assert one.title
        assert one.about.endswith(".")
        assert all(name in one.text for name in one.needs)
