from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from importing.conventions import fields_for
from importing.mapping import Plan
from importing.presets.loading import Preset, Rules
from membership.cleaning.values import Unclean

KINDS = ("members", "products", "orders", "events", "labels")
CELLS = st.one_of(
    st.text(st.sampled_from("aZ09 #-_.,:;'=+@$€é王ß\x00\n\u00a0Ａ½/"), max_size=12),
    st.decimals(-1000, 10**6, places=3).map(str),
    st.integers(-5, 10**8).map(str),
    st.datetimes(datetime(1899, 12, 1), datetime(2027, 1, 1)).map(str),  # noqa: DTZ001  # as files have them
    st.sampled_from(["null", "N/A", "-", "#N/A", "8.1E+12", "13085.0", "007", "=1", "a,b", "1.234", "1,5"]),
    st.sampled_from(["Nora@Example.com", "a@b", "x@y.z;q@r.st", "Tea > Green", "paid", "USD", "yes", "1e3"]),
)
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


@hypothesis_settings(max_examples=60, deadline=None)
@given(texts=st.lists(CELLS, min_size=1, max_size=15, unique=True), comma=st.booleans())
def test_what_is_cleaned_at_once_is_what_each_value_comes_to(texts: list[str], comma: bool):
    for kind in KINDS:
        plan = Plan(kind=kind, sources={})
        for spec in fields_for(plan, now=NOW, decimal_comma=comma, date_order={}):
            if spec.at_once is None:
                continue
            covered, values = spec.at_once(pa.array(texts))
            for text, is_covered, value in zip(texts, covered.tolist(), values, strict=True):
                if is_covered:
                    assert value == spec.clean(text), (kind, spec.name, text)


def test_a_column_with_words_of_its_own_is_not_cleaned_at_once():
    preset = Preset(
        system="x", kind="orders", title="X", marks=(), columns={}, rules={"first_of_list": ["sku"]}
    )
    plan = Plan(kind="orders", sources={}, preset=preset, values={"coupon": {"none": ""}})
    fields = {spec.name: spec for spec in fields_for(plan, now=NOW, decimal_comma=True, date_order={})}
    assert [fields[name].at_once for name in ("sku", "coupon", "unit_price")] == [None, None, None]
    assert fields["order_no"].at_once is not None
