from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from recommendations.models import MerchandisingRule
from recommendations.services.merchandising import rules_for
from tests.factories import (
    NOON,
    CategoryFactory,
    MemberFactory,
    ProductFactory,
    SegmentMembershipFactory,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def rule(**values: Any) -> MerchandisingRule:
    if "category" not in values:
        values.setdefault("product", ProductFactory())
    return MerchandisingRule.objects.create(**{"name": "a rule", "action": "hide", **values})


def holding(**options: Any) -> int:
    options.setdefault("member", None)
    return len(rules_for(**{"surface": "for-you", "at": NOON, **options}))


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        ({}, True),
        ({"is_active": False}, False),
        ({"surface": "for-you"}, True),
        ({"surface": "buy-again"}, False),
        ({"starts_at": NOON - DAY, "ends_at": NOON + DAY}, True),
        ({"starts_at": NOON + DAY}, False),
        ({"ends_at": NOON}, False),
    ],
)
def test_a_rule_holds_where_and_while_it_says(values: dict[str, Any], holds: bool):
    rule(**values)

    assert holding() == holds


def test_a_rule_for_a_segment_holds_for_its_members_only():
    stay = SegmentMembershipFactory()
    rule(segment=stay.segment)

    assert holding(member=stay.member) == 1
    assert holding(member=MemberFactory()) == holding() == 0


def test_a_category_means_all_below_it():
    coffee = CategoryFactory(name="Coffee")
    ground = CategoryFactory(name="Ground", parent=coffee)
    other = CategoryFactory(name="Coffee machines")
    rule(category=coffee)
    (only_rule,) = rules_for(member=None, surface="for-you", at=NOON)

    assert only_rule.categories == {coffee.pk, ground.pk}
    assert not only_rule.meets(product=1, category=other.pk)


def test_a_changed_rule_counts_at_once_and_costs_nothing_when_unchanged(
    django_assert_num_queries: DjangoAssertNumQueries,
):
    row = rule()
    assert holding() == 1
    with django_assert_num_queries(0):
        holding()
    row.is_active = False
    row.save()
    assert holding() == 0


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"product": None}, "product"),
        ({"action": "pin", "amount": None}, "amount"),
        ({"action": "pin", "amount": 1.5}, "amount"),
        ({"action": "boost", "amount": 1}, "amount"),
        ({"action": "boost", "amount": float("nan")}, "amount"),
        ({"action": "hide", "amount": 3}, "amount"),
        ({"action": "cap", "amount": 2}, "product"),
        ({"starts_at": NOON, "ends_at": NOON - DAY}, "ends_at"),
    ],
)
def test_what_is_invalid_is_reported_at_its_field(values: dict[str, Any], field: str):
    made = MerchandisingRule(**{"name": "x", "action": "hide", "product": ProductFactory(), **values})
    with pytest.raises(ValidationError) as caught:
        made.full_clean()

    assert field in caught.value.message_dict


@pytest.mark.parametrize("values", [{"action": "boost", "amount": 0.5}, {"amount": 1}, {"action": "sing"}])
def test_the_database_refuses_it_too(values: dict[str, Any]):
    with pytest.raises(IntegrityError), transaction.atomic():
        rule(**values)


class TestMarginRules:
    def test_it_is_about_all_products_or_a_category(self):
        everything = MerchandisingRule(name="m", action="margin", amount=0.5)
        everything.full_clean()
        everything.save()
        MerchandisingRule(name="c", action="margin", amount=0, category=CategoryFactory()).full_clean()

        (held,) = rules_for(member=None, surface="for-you", at=NOON)
        assert (held.action, held.amount, held.covers(category=None)) == ("margin", 0.5, True)

    @pytest.mark.parametrize("amount", [None, -1, 11, float("nan")])
    def test_weights_that_cannot_be_are_refused(self, amount: float | None):
        with pytest.raises(ValidationError, match="amount"):
            MerchandisingRule(name="m", action="margin", amount=amount).full_clean()

    def test_a_single_product_has_nothing_to_be_compared_with(self):
        with pytest.raises(ValidationError, match="product"):
            MerchandisingRule(name="m", action="margin", amount=1, product=ProductFactory()).full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            rule(action="margin", amount=1, product=ProductFactory())
