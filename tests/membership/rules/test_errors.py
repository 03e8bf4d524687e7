"""Mistakes in rules, and the word that was meant."""

from __future__ import annotations

import pytest

from membership.rules.errors import Place, RuleError, RuleProblem, closest


def test_problems_stand_in_the_order_of_the_text() -> None:
    error = RuleError(
        [RuleProblem("c", Place(2, 1)), RuleProblem("a", Place(1, 3)), RuleProblem("b", Place(1, 9))]
    )

    assert [problem.message for problem in error.problems] == ["a", "b", "c"]
    assert str(error) == "a"


@pytest.mark.parametrize(
    ("word", "expected"),
    [("teir", "tier"), ("TIERS", "tier"), ("last_ordr", "last_order_at"), ("xyz", ""), ("", "")],
)
def test_the_closest_known_word_is_suggested(word, expected) -> None:
    assert closest(word, ["tier", "last_order_at", "Country"]) == expected


def test_a_suggestion_keeps_the_case_of_the_known_word() -> None:
    assert closest("contry", ["Country"]) == "Country"
