"""The stored form of a rule."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from membership.rules.errors import RuleError
from membership.rules.json_form import from_json, to_json
from membership.rules.language import parse
from membership.rules.nodes import MAX_NODES, MAX_VALUES, All, Behaviour, Condition, InSegment, Ref, Relative

A = Condition("a", "is set")


def where(data: object) -> dict[str, object]:
    return {"version": 1, "where": data}


def message_of(data: object) -> str:
    with pytest.raises(RuleError) as caught:
        from_json(data)
    return str(caught.value)


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
        ({"tag": 5}, Ref("tag", 5)),
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
        (where({"segment": 0}), "where"),
        (where({"field": "a", "op": "=", "values": [{"tag": True}]}), "where.values.0"),
        (where({"field": "a", "op": "=", "values": [{"colour": 5}]}), "where.values.0"),
        (where({"field": "a", "op": "=", "values": [{"tag": 2**63}]}), "where.values.0"),
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


def test_json_names_segments_and_behaviours() -> None:
    rule = All((InSegment("vip"), Behaviour("viewed", (("within", Relative(7, "d")),))))

    assert to_json(rule)["where"] == {
        "all": [{"segment": "vip"}, {"behaviour": "viewed", "with": {"within": {"relative": "7d"}}}]
    }


def test_ids_come_back_as_they_went() -> None:
    rule = All((InSegment(Ref("segment", 7)), Behaviour("bought", (("category", Ref("category", 12)),))))

    data = to_json(rule)

    assert data["where"] == {
        "all": [{"segment": 7}, {"behaviour": "bought", "with": {"category": {"category": 12}}}]
    }
    assert from_json(data) == rule
