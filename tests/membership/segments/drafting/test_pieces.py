"""A sentence cut into the things it says."""

from __future__ import annotations

import pytest

from membership.rules.nodes import Relative
from membership.segments.drafting.lexing import folded, lex
from membership.segments.drafting.pieces import Amount, Piece, cut
from membership.segments.drafting.tokens import Kind
from membership.segments.drafting.vocabulary import Named, Vocabulary

SHOP = Vocabulary(
    {"points": "integer"},
    [Named("category", name, name) for name in ("Tea", "Coffee")],
    [("tier", "gold", "gold")],
    [("points", "points")],
)


def pieces(sentence: str) -> list[Piece]:
    return cut(lex(folded(sentence), SHOP))


@pytest.mark.parametrize(
    ("sentence", "connectors"),
    [
        ("bought tea", [Kind.BOUND]),
        ("bought tea or coffee", [Kind.BOUND, Kind.OR]),
        ("bought tea and have more than 5 points", [Kind.BOUND, Kind.AND]),
        ("gold members who bought tea", [Kind.BOUND, Kind.BOUND]),
    ],
)
def test_each_piece_knows_how_it_joins_the_one_before(sentence, connectors) -> None:
    assert [piece.connector for piece in pieces(sentence)] == connectors


@pytest.mark.parametrize(
    ("sentence", "amount"),
    [
        ("bought tea at least 3 times", Amount(3, ">=", "times")),
        ("bought tea 3 times", Amount(3, "", "times")),
        ("bought tea 3 or more times", Amount(3, ">=")),
        ("bought tea between 2 and 4 times", Amount(2, "between", "times", 4)),
        ("买过茶叶不到三次 tea", Amount(3, "<", "times")),
    ],
)
def test_a_number_has_its_comparison_and_unit(sentence, amount) -> None:
    (only_amount,) = [one for piece in pieces(sentence) for one in piece.amounts]

    assert (only_amount.value, only_amount.op, only_amount.high) == (amount.value, amount.op, amount.high)
    assert only_amount.unit in (amount.unit, "times")


def test_a_time_belongs_to_the_piece_that_it_follows() -> None:
    tea, coffee = pieces("bought tea in the last 2 weeks or bought coffee in the last month")

    assert [one.span for one in tea.periods] == [Relative(2, "w")]
    assert [one.span for one in coffee.periods] == [Relative(1, "m")]


def test_a_time_in_front_belongs_to_what_follows() -> None:
    (piece,) = pieces("in the last 2 weeks bought tea")

    assert [one.span for one in piece.periods] == [Relative(2, "w")]


def test_what_is_excepted_is_marked() -> None:
    gold, tea = pieces("gold members except those who bought tea")

    assert (gold.excepted, tea.excepted) == (False, True)


@pytest.mark.parametrize(
    ("sentence", "negation", "never"),
    [("bought tea", False, False), ("have not bought tea", True, False), ("never bought tea", True, True)],
)
def test_a_negation_is_seen_and_never_is_more_than_not(sentence, negation, never) -> None:
    piece = pieces(sentence)[-1]

    assert (piece.negation, piece.never) == (negation, never)


def test_a_percentage_is_marked_as_one() -> None:
    (amount,) = pieces("points above 20 %")[0].amounts

    assert amount.unit == "percent"


def test_a_sentence_without_anything_to_say_has_no_head() -> None:
    assert [piece.has_head for piece in pieces("3 times")] == [False]
