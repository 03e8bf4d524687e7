"""The parts of a sentence joined to one rule."""

from __future__ import annotations

import pytest

from membership.rules.language import render
from membership.rules.nodes import Condition
from membership.segments.drafting.joining import Part, grouped, joined
from membership.segments.drafting.tokens import Kind


def part(
    field: str, value: str, connector: Kind = Kind.AND, *, negated: bool = False, excepted: bool = False
) -> Part:
    op = "contains" if field == "tags" else "="
    return Part(connector, value, Condition(field, op, (value,)), negated=negated, excepted=excepted)


def rule(*parts: Part) -> tuple[str, list[str]]:
    notes: list[str] = []
    return render(joined(grouped(parts, notes), notes)), notes


@pytest.mark.parametrize("connector", [Kind.AND, Kind.OR])
def test_values_of_one_field_become_a_list(connector) -> None:
    text, notes = rule(part("tier", "gold"), part("tier", "silver", connector))

    assert text == 'tier in ["gold", "silver"]'
    assert notes == []


def test_both_tags_must_be_there_unless_joined_by_or() -> None:
    vip = part("tags", "vip")

    assert rule(vip, part("tags", "new"))[0] == 'tags contains "vip" and tags contains "new"'
    assert "in" in rule(vip, part("tags", "new", Kind.OR))[0]


def test_and_has_precedence_over_or_and_this_is_noted() -> None:
    text, notes = rule(part("tier", "gold"), part("country", "DE", Kind.OR), part("language", "de"))

    assert text == 'tier = "gold" or country = "DE" and language = "de"'
    assert notes == ["“and” was given precedence over “or”."]


def test_what_is_negated_or_excepted_is_not_in_the_rule() -> None:
    assert rule(part("tier", "gold", negated=True))[0] == 'not tier = "gold"'
    assert rule(part("country", "DE"), part("tier", "gold", excepted=True))[0].startswith(
        'country = "DE" and not'
    )


def test_adjectives_about_one_member_are_joined() -> None:
    text, _notes = rule(part("tier", "gold"), part("tier", "silver", Kind.BOUND))

    assert text == 'tier = "gold" and tier = "silver"'
