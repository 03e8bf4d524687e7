from __future__ import annotations

from datetime import UTC, datetime

import pytest

from importing.conventions import fields_for
from importing.mapping import Plan
from importing.presets.loading import Preset, Rules
from membership.cleaning.values import Unclean

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def read(kind: str, name: str, text: str, *, comma: bool = False, order: str = "", rules: Rules | None = None,
         values: dict[str, str] | None = None) -> object:  # fmt: skip
    preset = Preset(system="x", kind=kind, title="X", marks=(), columns={}, rules=rules or Rules())
    plan = Plan(kind=kind, sources={}, preset=preset, values={name: values or {}})
    fields = fields_for(plan, now=NOW, decimal_comma=comma, date_order={name: order})
    return next(spec for spec in fields if spec.name == name).clean(text)


@pytest.mark.parametrize(("text", "comma"), [("1.234,50 €", True), ("$1,234.50", False), ("1234.5", False)])
def test_an_amount_is_read_with_the_files_decimal_mark(text: str, comma: bool):
    assert read("products", "price", text, comma=comma) == 1_234_500


@pytest.mark.parametrize(("order", "month"), [("dmy", 4), ("mdy", 3)])
def test_a_day_is_read_in_the_files_order(order: str, month: int):
    moment = read("orders", "placed_at", "03/04/2026 12:00", order=order)
    assert isinstance(moment, datetime)
    assert moment.month == month


def test_a_number_keeps_its_zeros_and_loses_its_quotes():
    assert read("products", "sku", '="007"') == "007"
    with pytest.raises(Unclean, match="scientific"):
        read("products", "sku", "8.1E+12")


def test_a_word_for_nobody_is_no_number():
    assert read("members", "member_no", "NULL") is None


def test_words_of_the_system_become_ours():
    assert read("orders", "status", "Erledigt", values={"erledigt": "completed"}) == "completed"
    assert read("orders", "status", "anything", values={"*": "paid"}) == "paid"


def test_a_list_of_categories_gives_its_first_without_the_root():
    rules: Rules = {
        "first_of_list": ["category"], "category_separator": "/", "category_drop_first": ["Default Category"]
    }  # fmt: skip
    assert read("products", "category", "Default Category/Food/Tea,Other", rules=rules) == "Food > Tea"
