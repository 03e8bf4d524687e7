from __future__ import annotations

from datetime import date
from decimal import Decimal

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from membership.rules.errors import RuleError
from membership.rules.json_form import KEYWORDS, from_json, to_json
from membership.rules.language import parse, render
from membership.rules.nodes import (
    MAX_DEPTH,
    All,
    Behaviour,
    Condition,
    InSegment,
    Node,
    Not,
    Relative,
    Some,
)

names = st.from_regex(r"[a-z_][a-z0-9_.]{0,12}", fullmatch=True).filter(lambda name: name not in KEYWORDS)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
values = st.one_of(
    texts,
    st.booleans(),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.decimals(min_value=-(10**9), max_value=10**9, places=3),
    st.dates(),
    st.builds(Relative, st.integers(-99_999, 99_999), st.sampled_from("dwmy")),
)
one_value = st.tuples(values)
conditions = st.one_of(
    st.builds(
        Condition,
        names,
        st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "contains", "starts with", "in next", "in last"]),
        one_value,
    ),
    st.builds(Condition, names, st.just("between"), st.tuples(values, values)),
    st.builds(
        Condition,
        names,
        st.sampled_from(["in", "not in"]),
        st.lists(values, min_size=1, max_size=4).map(tuple),
    ),
    st.builds(Condition, names, st.sampled_from(["is set", "is unset"])),
)
behaviours = st.builds(
    Behaviour,
    names.filter(lambda name: name != "segment"),
    st.dictionaries(names, values, max_size=4).map(lambda given: tuple(sorted(given.items()))),
)
leaves = st.one_of(conditions, behaviours, st.builds(InSegment, texts))


def groups(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, parts), st.builds(All, several), st.builds(Some, several))


rules = st.recursive(leaves, groups, max_leaves=8).filter(lambda rule: depth(rule) <= MAX_DEPTH)


def depth(rule: Node) -> int:
    from membership.rules.nodes import walk

    return max(level for _node, level in walk(rule))


def same(one: Node, other: Node) -> bool:
    """As JSON: for Python True is 1 and 1.50 is 1.5."""
    return orjson.dumps(to_json(one)) == orjson.dumps(to_json(other))


@settings(max_examples=300, deadline=None)
@given(rules)
def test_a_rule_is_read_back_from_its_text_and_its_json(rule: Node) -> None:
    assert same(parse(render(rule)), rule)
    assert same(from_json(orjson.loads(orjson.dumps(to_json(rule)))), rule)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(list('tier=<>()[]",:-. 160dgolnotandr“\n\\')), max_size=40))
def test_any_text_is_a_rule_or_a_mistake_inside_it(text: str) -> None:
    try:
        parse(text)
    except RuleError as error:
        place = error.problems[0].place
        assert 1 <= place.line <= text.count("\n") + 1
        assert 1 <= place.column <= len(text) + 1


def test_a_rule_reads_as_staff_would_say_it() -> None:
    rule = parse('tier in [gold, platinum] and not bought(category: "Coffee", at_least: 3, within: 60d)')

    assert to_json(rule) == {
        "version": 1,
        "where": {
            "all": [
                {"field": "tier", "op": "in", "values": ["gold", "platinum"]},
                {
                    "not": {
                        "behaviour": "bought",
                        "with": {"at_least": 3, "category": "Coffee", "within": {"relative": "60d"}},
                    }
                },
            ]
        },
    }


def test_and_binds_tighter_than_or_and_brackets_change_that() -> None:
    a, b, c = (Condition(name, "is set") for name in "abc")
    assert parse("a is set or b is set and c is set") == Some((a, All((b, c))))
    assert parse("(a is set or b is set) and c is set") == All((Some((a, b)), c))


def test_values_keep_their_kind() -> None:
    rule = parse("a in [1, 1.50, true, 2026-03-01, -60d, today, 'x']".replace("'", '"'))

    assert isinstance(rule, Condition)
    assert rule.values == (
        1,
        Decimal("1.50"),
        True,
        date(2026, 3, 1),
        Relative(-60, "d"),
        Relative(0, "d"),
        "x",
    )


@pytest.mark.parametrize(
    ("text", "line", "column", "suggestion"),
    [
        ("last_order_at < -60 days", 1, 21, "-60d"),
        ("tier = gold adn points > 5", 1, 13, "and"),
        ("tier = gold and\n(points > 5", 2, 12, ")"),
        ("tier = “gold”", 1, 8, '"'),
        ('bought("Coffee")', 1, 8, 'category: "Coffee"'),
        ("segment(vip, staff)", 1, 1, 'segment("vip")'),
        ('tier = "gold', 1, 8, ""),
        ("birth_date = 2026-02-30", 1, 14, ""),
        ("points > 1234567890123456", 1, 10, ""),
        (r'name = "\ud800"', 1, 8, ""),
        (r'name = "\u0000"', 1, 8, ""),
        ("tier gold", 1, 6, ""),
        ("  ", 1, 1, ""),
    ],
)
def test_a_mistake_is_shown_where_it_is_with_what_would_be_right(text, line, column, suggestion) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text)

    problem = caught.value.problems[0]
    assert (problem.place.line, problem.place.column, problem.suggestion) == (line, column, suggestion)


@pytest.mark.parametrize(
    "text", ["not " * 500 + "a is set", "(" * 900 + "a is set" + ")" * 900 + " and", "a " * 9_000]
)
def test_endless_rules_are_refused(text) -> None:
    with pytest.raises(RuleError):
        parse(text)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"version": 2, "where": {"segment": "a"}},
        {"version": 1, "where": {}},
        {"version": 1, "where": {"all": []}},
        {"version": 1, "where": {"field": "a", "op": "like", "values": ["x"]}},
        {"version": 1, "where": {"field": "a", "op": "between", "values": [1]}},
        {"version": 1, "where": {"field": "a; drop table", "op": "is set"}},
        {"version": 1, "where": {"field": "a", "op": "=", "values": [{"date": "2026-02-30"}]}},
        {"version": 1, "where": {"field": "a", "op": "=", "values": [1e300]}},
        {"version": 1, "where": {"segment": "a", "not": {"segment": "b"}}},
    ],
)
def test_wrong_json_is_refused(data) -> None:
    with pytest.raises(RuleError):
        from_json(data)


def test_deep_json_is_refused_before_it_is_read_to_the_end() -> None:
    data: object = {"segment": "a"}
    for _level in range(900):
        data = {"not": data}

    with pytest.raises(RuleError, match="12 levels"):
        from_json({"version": 1, "where": data})
