from __future__ import annotations

from tests.importing.kinds.order_parts.lines import lines_of, problems_of


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


def test_an_order_of_empty_lines_is_refused():
    assert problems_of(lines_of({"quantity": "0"})) == ["too_small"]
    assert problems_of(lines_of({"quantity": "0"}, {"line_no": "2"})) == []


def test_a_malformed_row_rejects_the_order_whose_number_it_shows():
    assert problems_of(lines_of({"order_no": "A"}, {"order_no": "B"}, tainted=frozenset({"B"}))) == [
        "malformed"
    ]
