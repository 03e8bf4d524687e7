from __future__ import annotations

import pytest

from membership.rules.checking import check_rule, everything
from membership.rules.errors import RuleError, RuleProblem
from membership.rules.language import parse
from membership.rules.names.written import text_of
from membership.rules.nodes import Ref, refs_of
from tests.factories import CategoryFactory, ProductFactory, SegmentFactory, StoreFactory, TagFactory
from tests.membership.rules.rule_texts import dynamic

pytestmark = pytest.mark.django_db


def problems(text: str, noon, **options) -> list[RuleProblem]:
    with pytest.raises(RuleError) as caught:
        check_rule(parse(text), as_of=noon, may=options.pop("may", everything), **options)
    return caught.value.problems


def test_an_unknown_field_is_named_with_what_was_meant(noon) -> None:
    (problem,) = problems("tier = gold and last_ordr_at < -60d", noon)

    assert problem.message == "unknown field `last_ordr_at`; did you mean `last_order_at`?"
    assert (problem.place.column, problem.suggestion) == (17, "last_order_at")


@pytest.mark.parametrize(
    ("text", "column", "suggestion"),
    [
        ("tier = golden", 8, "gold"),
        ("tier < gold", 1, ""),
        ('tags = "vip"', 1, "tags contains"),
        ("points > 1.5", 10, "2"),
        ("spend_30d > 1.23456", 13, "1.235"),
        ('points > "many"', 10, ""),
        ("last_order_at < 60", 17, "-60d"),
        ("last_order_at between today and -60d", 33, ""),
        ("birthday in next -7d", 18, "7d"),
        ("birthday in next 2y", 18, "365d"),
        ("birth_date < 2900-01-01", 14, ""),
        ("joined_at < -99999y", 13, ""),
        ("consent.marketing.email = yes", 27, "true"),
        ('country = "Narnia"', 11, ""),
        ("brought(at_least: 1)", 1, "bought"),
        ("bought(at_lest: 1)", 8, "at_least"),
        ("bought(at_least: -1)", 18, ""),
        ("bought(within: 9y)", 16, "1830d"),
        ("bought(at_least: 3, at_most: 2)", 8, ""),
        ("bought(at_least: 3, exactly: 3)", 21, ""),
        ('bought(category: "Cofee")', 18, "Coffee"),
        ('bought(brand: "Acmee")', 15, "Acme"),
        ('bought(product: "P10")', 17, "P1"),
        ('bought(store: "norht")', 15, "north"),
        ('bought(channel: "wbe")', 17, "web"),
        ("viewed(spend_at_least: 3)", 8, ""),
        ('segment("vips")', 1, "vip"),
        ('tags contains "vpi"', 15, "vip"),
        ("tags contains 5", 15, ""),
    ],
)
def test_mistakes_are_found_at_their_place(noon, text, column, suggestion) -> None:
    TagFactory(name="vip")
    StoreFactory(code="north")
    SegmentFactory(key="vip")
    ProductFactory(sku="P1", brand="Acme", category=CategoryFactory(name="Coffee", path="Food > Coffee"))

    (problem,) = problems(text, noon)

    assert problem.place.column == column
    assert suggestion in ("", problem.suggestion) or problem.suggestion.endswith(suggestion)


def test_all_mistakes_are_reported_at_once_in_their_order(noon) -> None:
    mistakes = problems("teir = gold and points > 1.5 or foo is set", noon)

    assert [problem.place.column for problem in mistakes] == [1, 26, 33]


def test_a_category_name_that_two_have_is_refused_with_both_paths(noon) -> None:
    CategoryFactory(name="Ground", path="Coffee > Ground")
    CategoryFactory(name="Ground", path="Pepper > Ground")

    (problem,) = problems('bought(category: "ground")', noon)

    assert "“Coffee > Ground”; “Pepper > Ground”" in problem.message


def test_names_are_stored_as_ids_and_written_as_the_shop_writes_them(noon) -> None:
    coffee = CategoryFactory(name="Coffee", path="Food > Coffee")
    ProductFactory(brand="Acme", category=coffee)
    rule = parse('tier = GOLD and country = "china" and bought(category: "coffee", brand: "ACME")')

    checked = check_rule(rule, as_of=noon, may=everything)

    assert refs_of(checked) == [Ref("category", coffee.pk)]
    assert text_of(checked) == (
        'tier = "gold" and country = "CN" and bought(brand: "Acme", category: "Food > Coffee")'
    )


def test_a_field_that_the_asker_may_not_see_does_not_exist_for_them(noon) -> None:
    (problem,) = problems('email contains "x"', noon, may=lambda field: field.name != "email")

    assert problem.message.startswith("unknown field `email`")


@pytest.mark.parametrize("text", ['segment("a")', 'tier = gold or not segment("c")'])
def test_a_segment_cannot_refer_to_itself_even_by_a_detour(noon, text) -> None:
    first = dynamic("a", "tier = gold")
    dynamic("b", 'segment("a")')
    dynamic("c", 'segment("b")')

    (problem,) = problems(text, noon, segment=first)

    assert "cannot refer to it" in problem.message
