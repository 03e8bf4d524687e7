from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from importing.conventions import fields_for
from importing.files.frames import Cleaner
from importing.files.reading import Chunk
from importing.kinds.order_parts.lines import OrderLines, read_lines
from importing.mapping import Plan
from importing.presets.loading import Rules
from tests.importing.import_files import order_line

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def lines_of(*rows: dict[str, str], exact: bool = False, tainted: frozenset[str] = frozenset()) -> OrderLines:
    rows = tuple(order_line(discount="", **row) for row in rows)
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    plan = Plan(kind="orders", sources={})
    fields = fields_for(plan, now=NOW, decimal_comma=False, date_order={})
    cleaner = Cleaner(fields=fields, columns={name: name for name in table.column_names})
    numbers = np.arange(1, len(rows) + 1)
    chunk = Chunk(table=table, original=table, numbers=numbers, malformed=[], end=len(rows), tainted=tainted)
    return read_lines(chunk, cleaner=cleaner, shop_currency="USD", rules=Rules(), exact=exact)


def problems_of(lines: OrderLines) -> list[str]:
    bad = np.flatnonzero(lines.problems.of_row).tolist()
    return [lines.problems.note(row).code for row in bad]


def test_neighbouring_rows_of_one_number_are_one_order():
    lines = lines_of({"order_no": "A"}, {"order_no": "A", "line_no": "2"}, {"order_no": "B"})
    assert (lines.starts.tolist(), lines.lengths.tolist()) == ([0, 2], [2, 1])


def test_a_return_comes_off_the_line_of_its_product_first():
    lines = lines_of(
        {"sku": "milk", "quantity": "1", "unit_price": "5"},
        {"line_no": "2", "sku": "bread", "quantity": "3", "unit_price": "2"},
        {"line_no": "3", "sku": "bread", "quantity": "-1", "unit_price": "2"},
    )
    assert lines.amounts.refunded[:2].tolist() == [0, 2000]
    assert lines.written().tolist() == [True, True, False]


def test_what_a_return_exceeds_its_product_by_comes_off_the_other_lines():
    lines = lines_of(
        {"sku": "milk", "quantity": "1", "unit_price": "5"},
        {"line_no": "2", "sku": "bread", "quantity": "1", "unit_price": "2"},
        {"line_no": "3", "sku": "bread", "quantity": "-2", "unit_price": "2"},
    )
    assert lines.amounts.refunded[:2].tolist() == [2000, 2000]


def test_a_return_of_another_order_stands_alone():
    lines = lines_of({"quantity": "-2", "unit_price": "5"})
    assert lines.stands_alone.tolist() == [True]
    assert (lines.amounts.refunded.tolist(), lines.written().tolist()) == ([10_000], [True])


def test_a_copied_line_is_repeated_and_a_number_used_twice_a_problem():
    assert lines_of({}, {}).repeated.tolist() == [False, True]
    assert problems_of(lines_of({}, {"quantity": "3"})) == ["line_twice"]


def test_an_order_of_empty_lines_is_refused():
    assert problems_of(lines_of({"quantity": "0"})) == ["too_small"]
    assert problems_of(lines_of({"quantity": "0"}, {"line_no": "2"})) == []


def test_lines_of_our_own_columns_may_not_disagree_and_those_of_systems_may():
    rows = ({"channel": "web"}, {"line_no": "2", "channel": "store"})
    assert problems_of(lines_of(*rows, exact=True)) == ["lines_disagree"]
    assert problems_of(lines_of(*rows)) == []


def test_an_order_of_which_one_line_was_cancelled_stands():
    lines = lines_of({"status": "cancelled", "unit_price": "1"}, {"line_no": "2", "status": "paid"})
    assert lines.value_of_run("status") == ["paid"]
    assert lines.amounts.net.tolist() == [0, 2500]


def test_a_malformed_row_rejects_the_order_whose_number_it_shows():
    assert problems_of(lines_of({"order_no": "A"}, {"order_no": "B"}, tainted=frozenset({"B"}))) == [
        "malformed"
    ]
