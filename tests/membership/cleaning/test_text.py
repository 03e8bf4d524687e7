"""Text, categories, tags, words of a fixed list, yes and no."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.cleaning import text as cleaning
from membership.cleaning.contacts import clean_country
from membership.cleaning.order_words import ORDER_STATUSES
from membership.cleaning.text import Unclean, clean_codes
from membership.cleaning.words import TIERS

LETTERS_THAT_FALL_APART = ("\u1fe3", "\xdf", "\xdf\u0344", "i\u0307", "\ufb03x", "\u0149")
tier = partial(cleaning.clean_choice, words=TIERS)


def why(clean, value) -> str:
    with pytest.raises(Unclean) as caught:
        clean(value)
    return caught.value.code


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("  a \t b\u00a0c ", "a b c"),
        ("Ｆｕｌｌ", "Full"),
        ("\ufeffA", "A"),
        ("N/A", None),
        ("", None),
        (float("nan"), None),
        (1001.0, "1001"),
    ],
)
def test_text(value, clean):
    assert cleaning.clean_text(value, max_length=20) == clean


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("FOOD >dairy", "Food > Dairy"),
        ("Food»Dairy > ", "Food > Dairy"),
        ("BBQ > Frozen/pizza", "BBQ > Frozen/pizza"),
        (" > ", None),
    ],
)
def test_category(value, clean):
    assert cleaning.clean_category(value) == clean


@pytest.mark.parametrize("value", LETTERS_THAT_FALL_APART)
def test_letters_that_change_case_as_several_are_clean_at_once(value):
    number, category = cleaning.clean_member_no(value, max_length=60), cleaning.clean_category(value)

    assert cleaning.clean_member_no(number, max_length=60) == number
    assert cleaning.clean_category(category) == category


def test_tags():
    assert cleaning.clean_tags("VIP; early  bird|vip,") == ("vip", "early bird")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("a\x00b", "nul"),
        ("a\nb", "line_break"),
        ("a\rb", "line_break"),
        (b"abc", "not_text"),
        ("x" * 21, "too_long"),
    ],
)
def test_text_that_cannot_be_stored(value, code):
    assert why(partial(cleaning.clean_text, max_length=20), value) == code


def test_a_line_break_at_either_end_is_trimmed_away():
    assert cleaning.plain("\n a\r\n") == "a"


def test_a_key_may_be_a_word_that_means_nothing_elsewhere():
    assert cleaning.clean_key("NA-", max_length=10) == "NA-"
    assert cleaning.clean_key("null", max_length=10) == "null"
    assert cleaning.clean_text("null", max_length=10) is None


def test_member_numbers_of_either_case_are_one():
    assert cleaning.clean_member_no(" m00017 ", max_length=40) == "M00017"
    assert why(partial(cleaning.clean_member_no, max_length=3), "m00017") == "too_long"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_plain_text_has_single_spaces_and_none_at_the_ends(value):
    text = cleaning.plain(value)
    assert text == text.strip()
    assert "  " not in text


def test_a_category_name_of_mixed_case_is_left_as_it_is():
    assert cleaning.clean_category("iPhone > TV > McCoy") == "iPhone > TV > McCoy"


def test_a_category_that_is_too_long_is_refused():
    assert why(cleaning.clean_category, " > ".join(["Grocery"] * 60)) == "too_long"
    assert why(cleaning.clean_category, "x" * 121) == "too_long"


def test_tags_come_once_and_from_lists_too():
    assert cleaning.clean_tags(["VIP", "vip ", "press"]) == ("vip", "press")
    assert cleaning.clean_tags(" ,;") is None
    assert why(partial(cleaning.clean_tags, max_length=3), "long tag") == "too_long"


@pytest.mark.parametrize(
    ("value", "clean"),
    [("Gold", "gold"), ("VIP", "platinum"), ("普通会员", "basic"), ("n/a", None), ("", None)],
)
def test_a_synonym_becomes_the_word_that_is_stored(value, clean):
    assert tier(value) == clean


def test_hyphens_and_underscores_do_not_matter_in_a_choice():
    assert {
        cleaning.clean_choice(word, words=ORDER_STATUSES) for word in ("on-hold", "ON_HOLD", "on hold")
    } == {"pending"}


def test_a_word_outside_the_list_is_refused():
    assert why(tier, "emerald") == "not_a_choice"


@pytest.mark.parametrize(
    ("value", "clean"),
    [("Yes", True), ("0", False), ("是", True), ("legit", False), (True, True), ("", None)],
)
def test_yes_and_no(value, clean):
    assert cleaning.clean_boolean(value) is clean


def test_neither_yes_nor_no_is_refused():
    assert why(cleaning.clean_boolean, "maybe") == "not_a_boolean"


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("AT,DE", "AT,DE"),
        ("de; Austria | at", "AT,DE"),
        ("DE AT", "AT,DE"),
        ("New Zealand", "NZ"),
        ("New Zealand, DE", "DE,NZ"),
        ("", None),
        (" , ", None),
        (None, None),
        (["DE", "AT"], "AT,DE"),
    ],
)
def test_several_codes_are_written_in_one_form(value: object, codes: str | None) -> None:
    assert clean_codes(value, clean=clean_country) == codes
    assert clean_codes(codes, clean=clean_country) == codes


def test_one_wrong_code_or_too_many_are_refused() -> None:
    with pytest.raises(Unclean, match="not_a_country"):
        clean_codes("DE, Nowhere", clean=clean_country)
    with pytest.raises(Unclean, match="too_long"):
        clean_codes("AT,DE", clean=clean_country, max_length=4)
