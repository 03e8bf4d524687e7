"""A rule against columns of orders, beside the same rule read with plain Python. No database."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.rules.evaluating import holds, is_about_member, leaves, order_fields_of
from fraud.rules.fields import read_order_rule
from membership.rules.checking import everything
from membership.rules.language import render
from membership.rules.nodes import Node

AMOUNTS = np.array([1.0, 5.0, 50.0, np.nan])
CHANNELS = np.array(["web", "App", "", "store"], object)
NEW = np.array([1.0, 0.0, np.nan, 1.0])
FACTS = {"amount": AMOUNTS, "channel": CHANNELS, "device": CHANNELS, "new_device": NEW, "hour": AMOUNTS}


def rule(text: str) -> Node:
    return read_order_rule(text=text, may=everything)


def hits(text: str, *, members: dict[str, Any] | None = None) -> list[bool]:
    truths: list[bool] = holds(rule(text), fact=FACTS.__getitem__, members=members or {}, n=4).tolist()
    return truths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount > 5", [0, 0, 1, 0]),
        ("amount >= 5", [0, 1, 1, 0]),
        ("amount < 5", [1, 0, 0, 0]),
        ("amount <= 5", [1, 1, 0, 0]),
        ("amount = 5", [0, 1, 0, 0]),
        ("amount != 5", [1, 0, 1, 0]),
        ("amount between 1 and 5", [1, 1, 0, 0]),
        ("hour in [1, 5]", [1, 1, 0, 0]),
        ("amount is unset", [0, 0, 0, 1]),
        ("amount is set", [1, 1, 1, 0]),
        ("channel = app", [0, 1, 0, 0]),
        ("channel != app", [1, 0, 0, 1]),
        ("channel in [web, store]", [1, 0, 0, 1]),
        ('device contains "P"', [0, 1, 0, 0]),
        ('device starts with "we"', [1, 0, 0, 0]),
        ("device is unset", [0, 0, 1, 0]),
        ("new_device = true", [1, 0, 0, 1]),
        ("new_device = false", [0, 1, 0, 0]),
    ],
)
def test_unknown_never_fits_except_for_is_unset(text: str, expected: list[int]):
    assert hits(text) == [bool(one) for one in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount > 5 and channel = web", [0, 0, 0, 0]),
        ("amount > 5 or channel = web", [1, 0, 1, 0]),
        ("not amount > 5", [1, 1, 0, 1]),  # what is unknown is not above 5
        ("not (amount > 5 or channel = web)", [0, 1, 0, 1]),
    ],
)
def test_rules_are_joined(text: str, expected: list[int]):
    assert hits(text) == [bool(one) for one in expected]


conditions = st.sampled_from(
    ["amount > 3", "amount <= 20", "channel = web", "device is set", "new_device = true", "hour = 5"]
)
trees = st.recursive(
    conditions,
    lambda parts: st.one_of(
        st.builds("({} and {})".format, parts, parts),
        st.builds("({} or {})".format, parts, parts),
        st.builds("(not {})".format, parts),
    ),
    max_leaves=6,
)


@given(trees, trees)
def test_de_morgans_laws_hold(one: str, other: str):
    assert hits(f"not ({one} and {other})") == hits(f"(not {one}) or (not {other})")
    assert hits(f"not ({one} or {other})") == hits(f"(not {one}) and (not {other})")


@given(trees)
def test_a_rule_or_its_opposite_holds(text: str):
    both = zip(hits(text), hits(f"not {text}"), strict=True)

    assert all(one != other for one, other in both)


@given(trees)
def test_each_order_is_judged_alone(text: str):
    node = rule(text)
    for row in range(4):
        alone = holds(
            node, fact=lambda name, row=row: FACTS[name][row : row + 1], members={}, n=1  # type: ignore[misc]  # a default binds the row
        )  # fmt: skip
        assert alone.tolist() == [hits(text)[row]]


@given(trees)
def test_a_rule_is_read_back_from_its_text(text: str):
    assert hits(render(rule(text))) == hits(text)


def test_a_condition_on_the_member_is_looked_up():
    text = "country = US"
    (leaf,) = leaves(rule(text))
    members = {render(leaf): np.array([True, False, True, False])}

    assert is_about_member(leaf)
    assert hits(f"{text} and amount is set", members=members) == [True, False, True, False]
    assert hits(text, members={render(leaf): True}) == [True] * 4


def test_the_facts_of_a_rule_are_named_once_in_order():
    parsed = rule("channel = web or (amount > 5 and not amount > 9 and country = US) or orders_member.7d > 2")

    assert order_fields_of(parsed) == ["channel", "amount", "orders_member.7d"]
