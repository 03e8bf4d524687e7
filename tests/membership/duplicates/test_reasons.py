"""Reasons as sentences."""

from __future__ import annotations

from django.utils.translation import override

from membership.duplicates.ml.three_classes import LEVELS
from membership.duplicates.reasons import SENTENCES, said


def test_every_level_has_a_sentence():
    assert SENTENCES.keys() == LEVELS.keys()


def test_reasons_are_said_in_the_readers_language():
    stored = [{"code": "same_birth_date", "weight": 6.5}]
    assert said(stored)[0].text == "The birth dates are the same."
    with override("zh-hans"):
        assert said(stored)[0].text == "出生日期相同。"


def test_what_says_nothing_and_what_is_unknown_are_left_out():
    stored = [
        {"code": "same_name", "weight": 6.5},
        {"code": "other_phone", "weight": -0.4},
        {"code": "gone", "weight": 9.0},
    ]
    assert [(one.code, one.speaks_for) for one in said(stored)] == [("same_name", True)]
