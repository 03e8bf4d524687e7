"""How much two names are alike, in both scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.duplicates.ml.frequencies import Frequencies
from membership.duplicates.ml.name_comparison import compare_names
from membership.duplicates.ml.names import parse_name
from membership.duplicates.ml.three_classes import NAMES

SEEN = Frequencies(1_000, parts={"anna": 30, "anne": 20})


def level(first: str, second: str) -> str:
    found = compare_names(parse_name(first), parse_name(second), SEEN)
    assert found is not None
    return found.level


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Ann Lee", "ANN LEE", "same_name"),
        ("Mary Ann Lee", "Maryann Lee", "same_name"),
        ("Jürgen Müller", "Juergen Mueller", "same_name"),
        ("Ann Lee", "Lee, Ann", "swapped_name"),
        ("王伟", "王伟", "same_characters"),
        ("王小明", "Wang Xiaoming", "other_script"),
        ("王小明", "Xiao Ming WANG", "other_script"),
        ("杜洋伟", "Du Yang Wei", "other_script"),
        ("单雄信", "Shan Xiongxin", "other_script"),
        ("王伟", "王薇", "homophone"),
        ("王伟", "王强", "family_name_only"),
        ("王伟", "李伟", "given_name_only"),
        ("王伟", "李强", "other_name"),
        ("William Carter", "Bill Carter", "nickname"),
        ("Carter, Bill", "William Carter", "nickname"),
        ("A. Carter", "Adelheid Carter", "initial"),
        ("Maria Silva Santos", "Maria Silva", "part_of_name"),
        ("Stephanie Carter", "Stefanie Carter", "similar_name"),
        ("Katharina Maier", "Katharina Meyer", "similar_name"),
        ("Anna Carter", "Anne Carter", "nickname"),
        ("Ulrike Carter", "Birgit Carter", "family_name_only"),
        ("Ulrike Carter", "Ulrike Weaver", "given_name_only"),
        ("Wang Wei", "Wang Fang", "family_name_only"),  # the family name comes first
        ("Wang Wei", "Wang Wen", "family_name_only"),  # short parts are no misspellings
        ("Ulrike Carter", "Birgit Weaver", "other_name"),
    ],
)
def test_levels(first, second, expected):
    assert level(first, second) == level(second, first) == expected


def test_two_names_that_the_shop_knows_are_no_misspelling():
    seen = Frequencies(1_000, parts={"ilsa": 30, "ilse": 20})
    twins = compare_names(parse_name("Ilsa Grau"), parse_name("Ilse Grau"), seen)
    assert twins is not None
    assert twins.level == "family_name_only"
    assert level("Ilsa Grau", "Ilse Grau") == "similar_name"


def test_without_a_name_there_is_nothing_to_compare():
    assert compare_names(parse_name(""), parse_name("Ann"), SEEN) is None


WORDS = st.lists(
    st.sampled_from(
        [
            "anna",
            "anne",
            "li",
            "wang",
            "wei",
            "bill",
            "william",
            "a",
            "smith",
            "smyth",
            "meyer",
            "maier",
            "müller",
            "mueller",
        ]
    ),
    min_size=1,
    max_size=4,
)
TEXTS = WORDS.map(" ".join) | st.text("王李伟薇小明单", min_size=1, max_size=4) | st.text(max_size=12)


@given(TEXTS, TEXTS)
def test_the_order_of_the_two_does_not_matter(first, second):
    a, b = parse_name(first), parse_name(second)
    assert compare_names(a, b, SEEN) == compare_names(b, a, SEEN)


@given(TEXTS, TEXTS)
def test_every_level_is_known_and_every_chance_is_one(first, second):
    found = compare_names(parse_name(first), parse_name(second), SEEN)
    assert found is None or (found.level in NAMES and 0 < found.chance <= 1)


@given(WORDS, WORDS, st.randoms())
def test_names_with_their_words_in_another_order_are_as_alike(first, second, random):
    """Only which of two parts is the given name may be told by their order."""
    same = {"same_name": "swapped_name", "given_name_only": "family_name_only"}
    turned = " ".join(random.sample(first, len(first)))
    before, after = level(" ".join(first), " ".join(second)), level(turned, " ".join(second))
    assert same.get(before, before) == same.get(after, after)
