"""What strangers have in common by chance."""

from __future__ import annotations

from membership.duplicates.ml.frequencies import LEAST, Frequencies
from membership.duplicates.ml.names import parse_name

WANG, RARE = parse_name("王伟"), parse_name("Balduino Abascal")


def test_a_common_name_says_less_than_a_rare_one():
    seen = Frequencies(100_000, characters={"王伟": 300}, letters={RARE.letters: 2})
    assert seen.of_characters(WANG) > 1_000 * seen.of_name(RARE)


def test_what_has_been_counted_often_is_its_share():
    seen = Frequencies(99_000, birth_dates={19700101: 5_002})
    assert abs(seen.of_birth_date(19700101) - 0.05) < 0.001


def test_a_date_of_a_small_shop_is_as_rare_as_dates_are():
    assert 1 / 40_000 < Frequencies(10).of_birth_date(19800304) < 1 / 15_000


def test_no_chance_is_zero_or_above_one():
    seen = Frequencies(3, parts={"li": 3}, characters={"王伟": 3})
    assert LEAST <= seen.of_name(parse_name("Maria Eva Dolores Abascal")) <= 1
    assert 0 < seen.of_characters(WANG) <= 1
    assert 0 < seen.of_local_part("abc") <= 1
    assert 0 < seen.of_use(7) <= 1


def test_two_frequent_parts_are_two_names():
    seen = Frequencies(1_000, parts={"anna": 30, "anne": 20, "michael": 900, "micheal": 4})
    assert seen.are_two_names("anna", "anne")
    assert not seen.are_two_names("michael", "micheal")
    assert not seen.are_two_names("anna", "anni")
