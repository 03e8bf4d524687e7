"""Rules written by the names of today."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count

import pytest
from django.utils import timezone

from membership.models import Category, Product, Segment, Store, Tag
from membership.rules.checking import check_rule, everything
from membership.rules.compiling import members_of
from membership.rules.json_form import from_json, to_json
from membership.rules.language import parse, render
from membership.rules.names.written import (
    names_in,
    names_of,
    readable,
    stored_text,
    text_of,
    value_names,
    with_names,
)
from membership.rules.nodes import InSegment, Ref
from tests.factories import CategoryFactory, SegmentFactory, TagFactory
from tests.membership.rules.random_cases.random_rules import Generator
from tests.membership.rules.random_cases.random_shop import make_shop
from tests.membership.rules.rule_texts import rule_of

pytestmark = pytest.mark.django_db


def test_a_rule_is_written_with_the_names_of_today() -> None:
    tea, tag = CategoryFactory(name="Tea"), TagFactory(name="vip")
    rule = rule_of('bought(category: "Tea") and tags contains "vip"')
    tea.name, tag.name = 'The "best" teas', "best"
    tea.save()
    tag.save()

    assert text_of(rule) == 'bought(category: "The \\"best\\" teas") and tags contains "best"'


def test_editors_are_given_names_that_read_back_as_the_same_rule() -> None:
    CategoryFactory(path="Food > Tea")
    rule = rule_of('not (bought(category: "tea") and tier = gold)')

    named = with_names(rule)

    assert render(named) == text_of(rule)
    assert check_rule(named, as_of=timezone.now(), may=everything) == rule


def test_what_is_gone_says_so() -> None:
    assert names_of([Ref("tag", 99)]) == {Ref("tag", 99): "deleted tag 99"}
    assert text_of(InSegment(Ref("segment", 7))) == 'segment("deleted segment 7")'


def test_names_of_many_rules_take_a_query_for_each_kind(django_assert_num_queries) -> None:
    rules = []
    for number in range(6):
        CategoryFactory(name=f"C{number}")
        SegmentFactory(key=f"s{number}")
        rules.append(to_json(rule_of(f'bought(category: "C{number}") or segment("s{number}")')))

    with django_assert_num_queries(2):
        names = names_in([*rules, {"model": "rfm"}])
        texts = [stored_text(rule, names=names) for rule in rules]

    assert texts[5] == 'bought(category: "C5") or segment("s5")'


def test_what_is_no_rule_has_no_text() -> None:
    assert (readable({"model": "rfm"}), stored_text({"model": "rfm"})) == (None, None)


def test_values_are_written_in_the_order_of_their_names() -> None:
    tags = [TagFactory(name=name) for name in ("b", "a")]

    assert value_names("tag", [tag.pk for tag in tags]) == ["a", "b"]


NAMES = ("Coffee", "coffee", 'a "b"', "x > ", "\\", "旧客", "null", "and", "#1", "5", "a\u2028b", "\t")
"""What a name may be that a text could mistake; the number at the end makes each another."""


def rename_at_random(rng: random.Random, numbers: Iterator[int]) -> None:
    for model, column in (
        (Category, "name"),
        (Product, "sku"),
        (Store, "code"),
        (Tag, "name"),
        (Segment, "key"),
    ):
        for row in model._default_manager.order_by("pk"):
            if rng.random() < 0.6 and not str(getattr(row, column)).startswith("rfm-"):
                name = rng.choice(NAMES) if model is not Category else rng.choice(NAMES).replace(" > ", ">")
                setattr(row, column, f"{name}{next(numbers)}")
                row.save()


@pytest.mark.parametrize("seed", range(6))
def test_renaming_never_changes_members_and_a_written_rule_reads_back(seed) -> None:
    rng, as_of, numbers = random.Random(seed), timezone.now(), count()  # noqa: S311  # a seed, not a secret
    make_shop(members=25, rng=rng, as_of=as_of)
    rules = [
        check_rule(parse(render(rule)), as_of=as_of, may=everything) for rule in Generator(rng).rules(60)
    ]
    stored = [to_json(rule) for rule in rules]
    before = [set(members_of(rule, as_of=as_of).values_list("pk", flat=True)) for rule in rules]

    for _number in range(3):
        rename_at_random(rng, numbers)
        for form, rule, members in zip(stored, rules, before, strict=True):
            assert check_rule(parse(text_of(rule)), as_of=as_of, may=everything) == rule
            found = members_of(from_json(form), as_of=as_of).values_list("pk", flat=True)
            assert set(found) == members, text_of(rule)
