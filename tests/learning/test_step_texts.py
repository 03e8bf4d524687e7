from __future__ import annotations

import copy

from learning.step_texts import StepText, to_stored, translated

CHINESE = {
    "trees, %(n)d of %(total)d": "第 %(n)d 批树，共 %(total)d 批",
    "reading orders": "读取订单",
    "als": "分解",
}


def chinese(text: str) -> str:
    return CHINESE.get(text, text)


def test_a_step_is_the_english_text_wherever_text_is_expected() -> None:
    step = StepText("trees, %(n)d of %(total)d", n=1, total=2)
    assert f"{step}" == step == "trees, 1 of 2"
    assert copy.deepcopy(step).values == {"n": 1, "total": 2}


def test_a_stored_step_is_translated_with_its_numbers() -> None:
    stored = to_stored(StepText("trees, %(n)d of %(total)d", n=1, total=2), most=200)
    assert translated(stored, chinese) == "第 1 批树，共 2 批"
    assert translated(stored, str) == "trees, 1 of 2"


def test_a_plain_text_is_stored_as_it_is_and_translated_whole() -> None:
    assert to_stored("reading orders", most=200) == "reading orders"
    assert translated("reading orders", chinese) == "读取订单"
    assert translated("", chinese) == ""


def test_values_that_are_names_are_translated_too() -> None:
    stored = to_stored(StepText("fitting %(model)s", model="als"), most=200)
    assert translated(stored, chinese) == "fitting 分解"


def test_a_text_too_long_with_its_template_is_kept_in_english() -> None:
    step = StepText("not trained: %(why)s", why="x" * 60)
    assert to_stored(step, most=70) == step[:70]


def test_text_that_only_looks_stored_is_shown_as_it_is() -> None:
    for text in ("[1/3] reading", "[]", '["%(n)d", {}]', '["%(n)d", 3]'):
        assert translated(text, chinese) == text
