from __future__ import annotations

import pyarrow as pa

from importing.files.translating import translate
from importing.mapping import Plan


def translated(columns: dict[str, list[str]], kind: str = "orders", **plan) -> dict[str, list[str]]:
    columns_read: dict[str, list[str]] = translate(pa.table(columns), Plan(kind=kind, **plan)).to_pydict()
    return columns_read


def test_the_first_heading_that_has_a_value_counts():
    columns = {"a": ["1", "", "n/a"], "b": ["9", "2", "3"]}
    assert translated(columns, sources={"email": ("a", "b")}) == {"email": ["1", "2", "3"]}


def test_a_constant_fills_the_gaps_of_its_column():
    columns = {"Currency": ["USD", ""]}
    columns_read = translated(columns, sources={"currency": ("Currency",)}, constants={"currency": "EUR"})
    assert columns_read == {"currency": ["USD", "EUR"]}


def test_a_day_and_a_time_in_two_columns_are_one_moment():
    columns = {"d": ["2026-03-02 00:00:00", "2026-03-03"], "t": ["14:05", ""]}
    columns_read = translated(columns, sources={"placed_at": ("d",), "placed_time": ("t",)})
    assert columns_read == {"placed_at": ["2026-03-02 14:05", "2026-03-03"]}


def test_a_return_without_an_order_number_gets_one_of_its_own():
    columns = {"no": ["7", "", ""], "n": ["1", "-1", "2"], "who": ["M1", "M2", "M3"]}
    columns_read = translated(
        columns, sources={"order_no": ("no",), "quantity": ("n",), "member_no": ("who",)}
    )
    assert columns_read["order_no"] == ["7", "return-M2", ""]


def test_several_options_of_a_product_are_listed():
    columns = {"o1": ["S", "Default Title"], "o2": ["Red", ""]}
    columns_read = translated(
        columns, kind="products", sources={"option": ("o1", "o2")}, values={"option": {"default title": ""}}
    )
    assert columns_read == {"option": ["S / Red", ""]}
