from __future__ import annotations

import pytest

from membership.segments.drafting.numbers import read_chinese, read_english


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3),
        ("1,000", 1_000),
        ("twenty-five", 25),
        ("two hundred and fifty", 250),
        ("a dozen", 12),
        ("2k", 2_000),
        ("three thousand two hundred", 3_200),
        ("1.5 million", 1_500_000),
    ],
)
def test_english_numbers(text, number):
    assert read_english(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("三", 3),
        ("两", 2),
        ("十二", 12),
        ("二十", 20),
        ("一百五", 150),
        ("一千零五", 1_005),
        ("两千五百", 2_500),
        ("三万", 30_000),
        ("一万二", 12_000),
        ("1.5万", 15_000),
        ("2,000", 2_000),
        ("两百三十四", 234),
    ],
)
def test_chinese_numbers(text, number):
    assert read_chinese(text) == number
