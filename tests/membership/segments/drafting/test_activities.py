"""What members did, as a condition."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from membership.rules.language import render
from membership.rules.nodes import Relative
from membership.segments.drafting.activities import Activity, NotUnderstood
from membership.segments.drafting.pieces import Amount, Period
from membership.segments.drafting.tokens import Kind

FIELDS = {"orders_90d": "", "orders_total": "", "spend_90d": ""}
LAST_90_DAYS = Period(Kind.PAST, Relative(90, "d"), "", 0)


def activity(verb: str = "bought", **changes: Any) -> Activity:
    plain: dict[str, Any] = {
        "names": {}, "bounds": [], "window": None, "negated": False, "never": False, "text": "it",
        "fields": FIELDS, "unsure": [],
    }  # fmt: skip
    return Activity(verb=verb, **{**plain, **changes})


def rule(of: Activity) -> str:
    return render(of.node())


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Amount(2, ">=", "times"), "bought(at_least: 2)"),
        (Amount(2, ">", "times"), "bought(at_least: 3)"),
        (Amount(2, "<", "times"), "bought(at_most: 1)"),
        (Amount(0, "<", "times"), "bought(at_most: 0)"),
        (Amount(2, "<=", "times"), "bought(at_most: 2)"),
        (Amount(2, "=", "times"), "bought(exactly: 2)"),
        (Amount(2, "between", "times", high=4), "bought(at_least: 2, at_most: 4)"),
        (Amount(2, "=", "units"), "bought(units_at_least: 2, units_at_most: 2)"),
    ],
)
def test_a_number_becomes_the_bounds(amount, text) -> None:
    assert rule(activity(bounds=[amount], fields={})) == text


@pytest.mark.parametrize(
    ("op", "text"),
    [
        (">", "spend_at_least: 50.01"),
        ("<", "spend_at_most: 49.99"),
        ("=", "spend_at_least: 50, spend_at_most: 50"),
    ],
)
def test_an_amount_of_money_is_exact_to_the_cent(op, text) -> None:
    spent = activity("spent", bounds=[Amount(Decimal(50), op, "money")], names={"category": "Coffee"})

    assert rule(spent) == f'bought(category: "Coffee", {text})'


def test_a_stored_figure_is_used_where_there_is_one() -> None:
    assert rule(activity(bounds=[Amount(2, ">=")], window=LAST_90_DAYS)) == "orders_90d >= 2"
    assert rule(activity("viewed", bounds=[Amount(2, ">=")], window=LAST_90_DAYS)).startswith("viewed(")


def test_never_ordered_is_no_order_at_all() -> None:
    assert rule(activity("ordered", negated=True)) == "orders_total = 0"
    assert rule(activity("viewed", negated=True)) == "not viewed()"


@pytest.mark.parametrize(
    ("unclear", "reason"),
    [
        (activity("spent"), "how much they spent"),
        (activity(bounds=[Amount(2, unit="money")]), "that they spent it"),
        (activity(bounds=[Amount(2, unit="percent")]), "what the number counts"),
        (activity("viewed", bounds=[Amount(2, unit="units")]), "only things bought"),
    ],
)
def test_what_is_unclear_is_refused_with_a_reason(unclear, reason) -> None:
    with pytest.raises(NotUnderstood, match=reason):
        unclear.node()


def test_a_number_without_a_comparison_is_a_least_number_and_this_is_noted() -> None:
    twice = activity(bounds=[Amount(2, unit="times")], fields={})

    assert rule(twice) == "bought(at_least: 2)"
    assert twice.unsure == ["“it” was read as that many times or more."]


def test_without_a_verb_the_neighbours_verb_and_channel_count() -> None:
    first, second = activity("viewed", names={"channel": "web"}), activity("", names={"category": "Tea"})

    second.take_verb(first)

    assert rule(second) == 'viewed(category: "Tea", channel: "web")'


def test_a_number_is_not_copied_to_what_they_did_not_do() -> None:
    first, second = activity(bounds=[Amount(2, ">=")]), activity(negated=True)

    second.take_bounds(first)

    assert second.bounds == []


def test_did_not_buy_any_is_about_the_products_and_the_period_before() -> None:
    viewed = activity("viewed", names={"category": "Toys", "channel": "web"}, window=LAST_90_DAYS)
    bought = activity(negated=True, means_before=True)
    notes: list[str] = []

    bought.follow(viewed, notes)

    assert rule(bought) == 'not bought(category: "Toys", within: 90d)'
    assert len(notes) == 2


def test_never_keeps_no_period() -> None:
    never = activity(negated=True, never=True, names={"category": "Tea"})

    never.follow(activity("viewed", window=LAST_90_DAYS), [])

    assert never.window is None
