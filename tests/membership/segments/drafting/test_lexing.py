"""A sentence as tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.rules.nodes import Relative
from membership.segments.drafting.lexing import folded, lex
from membership.segments.drafting.tokens import Kind, Token
from membership.segments.drafting.vocabulary import Named, Vocabulary

NAMES = [
    Named("category", "Tea", "Tea"),
    Named("category", "New", "New"),
    Named("category", "Dog food", "Dog food"),
]
SHOP = Vocabulary({"points": "integer"}, NAMES, [("tier", "gold", "gold")], [("points", "points")])


def tokens(sentence: str) -> list[Token]:
    return lex(folded(sentence), SHOP)


def kinds(sentence: str) -> list[Kind]:
    return [token.kind for token in tokens(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("bought tea", [Kind.VERB, Kind.NAME]),
        ("gold", [Kind.VALUE]),
        ("tea or dog food", [Kind.NAME, Kind.OR, Kind.NAME]),
        ("blorp", [Kind.UNKNOWN]),
        ("", []),
        (" . ! ? ", []),
    ],
)
def test_words_become_tokens(sentence, expected) -> None:
    assert kinds(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "kind", "value"),
    [
        ("in the last two months", Kind.PAST, Relative(2, "m")),
        ("最近两个月", Kind.PAST, Relative(2, "m")),
        ("in the next 7 days", Kind.NEXT, Relative(7, "d")),
        ("two weeks ago", Kind.AGO, Relative(2, "w")),
    ],
)
def test_times_are_read_in_both_languages(sentence, kind, value) -> None:
    (token,) = tokens(sentence)

    assert (token.kind, token.value) == (kind, value)


def test_a_word_of_the_language_wins_over_a_name_of_the_same_length() -> None:
    assert kinds("new") == [Kind.VERB]


def test_a_quoted_name_is_a_name() -> None:
    (token,) = tokens("“Dog food”")

    assert (token.kind, token.value) == (Kind.NAME, ("category", "Dog food"))


def test_quoted_words_that_are_no_name_are_unknown() -> None:
    (token,) = tokens('"drop table"')

    assert (token.kind, token.text) == (Kind.UNKNOWN, "drop table")


def test_a_misspelt_name_is_marked_as_a_guess() -> None:
    shop = Vocabulary({}, [Named("category", "Chocolate", "Chocolate")])

    (token,) = lex("chocolat", shop)

    assert (token.kind, token.value[:2]) == (Kind.NAME, ("guessed", "chocolate"))


def test_unknown_letters_beside_each_other_are_one_word() -> None:
    assert [token.text for token in tokens("喵喵喵")] == ["喵喵喵"]


def test_full_width_letters_are_read_as_plain_ones() -> None:
    assert folded("ＧＯＬＤ　Members") == "gold members"


@given(st.text(max_size=60))
def test_any_text_is_cut_into_tokens_in_order_that_lie_inside_it(text) -> None:
    sentence = folded(text)

    tokens = lex(sentence, SHOP)

    starts = [token.start for token in tokens]
    assert starts == sorted(starts)
    assert all(0 <= token.start < len(sentence) for token in tokens)
