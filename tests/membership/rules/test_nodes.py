"""The tree of a rule, what it names, and its limits."""

from __future__ import annotations

from decimal import Decimal

import pytest

from membership.rules.errors import NOWHERE, Place, RuleError
from membership.rules.language import parse
from membership.rules.nodes import (
    MAX_NODES,
    All,
    Behaviour,
    Condition,
    InSegment,
    Node,
    Not,
    Ref,
    Some,
    check_size,
    checked_number,
    checked_text,
    children,
    refs_of,
    row_id,
    walk,
    with_ref,
)

A, B, C = (Condition(name, "is set") for name in "abc")


@pytest.mark.parametrize(
    ("node", "expected"), [(A, ()), (Not(A), (A,)), (All((A, B)), (A, B)), (Some((B, C)), (B, C))]
)
def test_children(node: Node, expected: tuple[Node, ...]) -> None:
    assert children(node) == expected


def test_walk_visits_every_node_in_the_order_of_the_text_with_its_depth() -> None:
    rule = All((A, Not(Some((B, C)))))

    visited = [(type(node).__name__, depth) for node, depth in walk(rule)]

    assert visited == [
        ("All", 1),
        ("Condition", 2),
        ("Not", 2),
        ("Some", 3),
        ("Condition", 4),
        ("Condition", 4),
    ]


def test_places_do_not_make_two_rules_differ() -> None:
    assert Condition("a", "=", (1,), Place(1, 1), (Place(1, 5),)) == Condition("a", "=", (1,))


def test_a_value_without_a_place_of_its_own_has_that_of_its_condition() -> None:
    placed = Condition("a", "in", (1, 2), Place(1, 1), (Place(1, 6),))

    assert [placed.value_place(index) for index in (0, 1)] == [Place(1, 6), Place(1, 1)]


def test_arguments_have_places_of_name_and_value() -> None:
    rule = parse("bought(at_least: 3)")

    assert isinstance(rule, Behaviour)
    assert (rule.name_place("at_least"), rule.value_place("at_least")) == (Place(1, 8), Place(1, 18))
    assert rule.name_place("within") == Place(1, 1)
    assert Behaviour("bought").value_place("within") == NOWHERE


def test_a_rule_of_too_many_conditions_is_refused() -> None:
    check_size(All((A,) * (MAX_NODES - 1)))
    with pytest.raises(RuleError, match="200"):
        check_size(All((A,) * MAX_NODES))


@pytest.mark.parametrize("number", [10**15, -(10**15), Decimal("0.0000001"), Decimal("1e30")])
def test_a_number_that_the_database_cannot_compare_is_refused(number: int | Decimal) -> None:
    with pytest.raises(RuleError, match="15 digits"):
        checked_number(number)


def test_a_number_at_the_limit_is_kept() -> None:
    assert checked_number(10**15 - 1) == 10**15 - 1
    assert checked_number(Decimal("0.000001")) == Decimal("0.000001")


@pytest.mark.parametrize("text", ["x" * 401, "a\0b", "\ud800"])
def test_a_text_that_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(RuleError):
        checked_text(text)


TEA, COFFEE, STAFF = Ref("category", 1), Ref("category", 2), Ref("segment", 1)
NAMING = All(
    (
        Behaviour("bought", (("category", TEA),)),
        Not(InSegment(STAFF)),
        Behaviour("viewed", (("category", TEA),)),
    )
)


def test_what_a_rule_names_comes_once_in_the_order_of_the_text() -> None:
    assert refs_of(NAMING) == [TEA, STAFF]
    assert refs_of(A) == []


def test_another_takes_the_place_of_one_wherever_it_stands() -> None:
    assert refs_of(with_ref(NAMING, TEA, COFFEE)) == [COFFEE, STAFF]
    assert refs_of(with_ref(NAMING, STAFF, Ref("segment", 9))) == [TEA, Ref("segment", 9)]
    assert with_ref(NAMING, Ref("tag", 1), Ref("tag", 2)) == NAMING


def test_a_list_that_holds_both_then_holds_the_one() -> None:
    tags = Condition("tags", "in", (Ref("tag", 1), Ref("tag", 2)))

    assert with_ref(tags, Ref("tag", 1), Ref("tag", 2)) == Condition("tags", "in", (Ref("tag", 2),))


def test_a_name_where_an_id_belongs_is_no_row() -> None:
    assert row_id(TEA) == 1
    with pytest.raises(LookupError):
        row_id("Tea")
