"""Chinese names in Latin letters."""

from __future__ import annotations

import pytest

from membership.duplicates.ml.chinese import family_pinyin, one_spelling, pinyin, split_family


@pytest.mark.parametrize(
    ("name", "family", "given"),
    [("欧阳修", "欧阳", "修"), ("王小明", "王", "小明"), ("欧阳", "欧", "阳"), ("歐陽菲菲", "歐陽", "菲菲")],
)
def test_family_names_of_two_characters_are_known(name, family, given):
    assert split_family(name) == (family, given)


def test_a_family_name_has_its_own_reading():
    assert (family_pinyin("单"), pinyin("单"), family_pinyin("王")) == ("shan", "dan", "wang")


def test_traditional_characters_have_the_same_reading():
    assert pinyin("偉國") == pinyin("伟国") == "weiguo"


@pytest.mark.parametrize("word", ["lv", "lyu", "lü", "lu"])
def test_the_spellings_of_lu_are_one(word):
    assert one_spelling(word) == one_spelling(pinyin("吕")) == "lu"


def test_what_is_no_character_is_left_out():
    assert pinyin("伟x") == "wei"
