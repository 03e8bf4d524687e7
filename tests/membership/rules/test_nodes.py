"""The tree of a rule, its limits, and its JSON form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from membership.rules.errors import NOWHERE, Place, RuleError
from membership.rules.language import parse
from membership.rules.nodes import (
    MAX_NODES,
    MAX_VALUES,
    All,
    Behaviour,
    Condition,
    InSegment,
    Node,
    Not,
    Relative,
    Some,
    check_size,
    checked_number,
    checked_text,
    children,
    from_json,
    segments_named,
    to_json,
    walk,
)

A, B, C = (Condition(name, "is set") for name in "abc")


def where(data: object) -> dict[str, object]:
    return {"version": 1, "where": data}


def message_of(data: object) -> str:
    with pytest.raises(RuleError) as caught:
        from_json(data)
    return str(caught.value)


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


def test_segments_are_named_once_wherever_they_stand() -> None:
    assert segments_named(parse('segment("a") or not (tier = gold and segment("b")) or segment("a")')) == {
        "a",
        "b",
    }
    assert segments_named(A) == set()


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


def test_a_group_of_one_is_that_one() -> None:
    one = {"field": "a", "op": "is set"}

    assert from_json(where({"all": [one]})) == from_json(where({"any": [one]})) == A


def test_arguments_are_sorted_so_that_their_order_makes_no_difference() -> None:
    one = from_json(where({"behaviour": "bought", "with": {"within": {"relative": "7d"}, "at_least": 2}}))

    assert one == parse("bought(at_least: 2, within: 7d)") == parse("bought(within: 7d, at_least: 2)")


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("gold", "gold"),
        (5, 5),
        (2.5, Decimal("2.5")),
        (True, True),
        ({"decimal": "12.50"}, Decimal("12.50")),
        ({"decimal": "12"}, 12),
        ({"date": "2026-03-01"}, date(2026, 3, 1)),
        ({"relative": "-60D"}, Relative(-60, "d")),
        ({"relative": "+2w"}, Relative(2, "w")),
    ],
)
def test_values_of_every_kind_are_read(data: object, value: object) -> None:
    rule = from_json(where({"field": "a", "op": "=", "values": [data]}))

    assert isinstance(rule, Condition)
    assert (rule.values, type(rule.values[0])) == ((value,), type(value))


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (where({"all": [{"segment": "a"}, {"field": "b"}]}), "where.all.1"),
        (where({"not": {"any": [{}, {}]}}), "where.not.any.0"),
        (where({"field": "a", "op": "like"}), "where.op"),
        (where({"field": "a", "op": "=", "values": []}), "where.values"),
        (where({"field": "a", "op": "in", "values": [1, None]}), "where.values.1"),
        (where({"field": "A", "op": "is set"}), "where.field"),
        (where({"field": "and", "op": "is set"}), "where.field"),
        (where({"behaviour": "bought", "with": {"at_least": {"date": "2026-13-01"}}}), "where.with.at_least"),
        (where({"behaviour": "bought", "with": []}), "where.with"),
        (where({"field": "a", "op": "=", "values": [{"decimal": "1e5"}]}), "where.values.0"),
        ({"version": True, "where": {}}, "version"),
    ],
)
def test_a_mistake_in_json_is_named_by_its_path(data: object, path: str) -> None:
    assert f"wrong at {path}: " in message_of(data)


def test_too_many_values_arguments_and_parts_are_refused() -> None:
    assert "at most 500" in message_of(where({"field": "a", "op": "in", "values": [1] * (MAX_VALUES + 1)}))
    many = {f"a{number}": 1 for number in range(21)}
    assert "at most 20" in message_of(where({"behaviour": "bought", "with": many}))
    assert "200" in message_of(where({"all": [{"segment": "a"}] * (MAX_NODES + 1)}))


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


def test_json_names_segments_and_behaviours() -> None:
    rule = All((InSegment("vip"), Behaviour("viewed", (("within", Relative(7, "d")),))))

    assert to_json(rule)["where"] == {
        "all": [{"segment": "vip"}, {"behaviour": "viewed", "with": {"within": {"relative": "7d"}}}]
    }
