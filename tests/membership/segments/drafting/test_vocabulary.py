"""The shop's names in sentences."""

from __future__ import annotations

import pytest

from membership.segments.drafting.shop_words import PAIRS
from membership.segments.drafting.vocabulary import Named, Vocabulary


def shop(*names: str, values=(), aliases=()) -> Vocabulary:
    return Vocabulary(
        {"tier": "choice"}, [Named("category", f"All > {name}", name) for name in names], values, aliases
    )


def longest_match(vocabulary: Vocabulary, text: str) -> str:
    end, _meanings = vocabulary.at(text, 0)
    return text[:end]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Coffee", "coffees"),
        ("Toys", "toy"),
        ("Berries", "berry"),
        ("Torch", "torches"),
        ("Dog food", "dog food"),
        ("茶叶", "茶叶和红酒"),
    ],
)
def test_a_name_is_found_in_singular_and_plural(name, text) -> None:
    assert longest_match(shop(name), text) in (text, "茶叶")


def test_a_name_is_a_whole_word() -> None:
    assert longest_match(shop("Tea"), "team") == ""
    assert shop("Tea").at("steam", 1) == (1, [])


def test_the_longest_name_is_taken() -> None:
    assert longest_match(shop("Dog", "Dog food"), "dog food now") == "dog food"


def test_a_word_may_mean_several_things() -> None:
    _end, meanings = shop("Gold", values=[("tier", "gold", "gold")]).at("gold", 0)

    assert meanings == [("name", ("category", "All > Gold")), ("value", ("tier", "gold"))]


def test_a_category_is_called_by_its_name_in_the_other_language() -> None:
    end, meanings = shop("Coffee").at("咖啡", 0)

    assert (end, meanings[0][0]) == (2, "translated")


def test_a_translation_never_takes_the_place_of_a_name_that_the_shop_has() -> None:
    _end, meanings = shop("Coffee", "咖啡").at("咖啡", 0)

    assert meanings == [("name", ("category", "All > 咖啡"))]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("chocolat", "chocolate"), ("chocolates", "chocolates"), ("xyzzy", ""), ("tae", "")],
)
def test_a_word_with_one_wrong_letter_is_guessed(word, expected) -> None:
    assert shop("Chocolate", "Tea").alike(word)[0] == expected


def test_titles_of_fields_are_names_too() -> None:
    assert shop(aliases=[("Loyalty points", "points")]).at("loyalty points", 0)[1] == [("field", ("points",))]


def test_pairs_are_in_small_letters_and_in_both_languages() -> None:
    for english, chinese in PAIRS:
        assert english == english.casefold()
        assert english.isascii()
        assert not chinese.isascii()
    assert len(PAIRS) == len(set(PAIRS))
