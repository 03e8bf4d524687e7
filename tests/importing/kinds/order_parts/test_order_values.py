from __future__ import annotations

from tests.importing.kinds.order_parts.lines import lines_of, problems_of


def test_lines_of_our_own_columns_may_not_disagree_and_those_of_systems_may():
    rows = ({"channel": "web"}, {"line_no": "2", "channel": "store"})
    assert problems_of(lines_of(*rows, exact=True)) == ["lines_disagree"]
    assert problems_of(lines_of(*rows)) == []


def test_an_order_of_which_one_line_was_cancelled_stands():
    lines = lines_of({"status": "cancelled", "unit_price": "1"}, {"line_no": "2", "status": "paid"})
    assert lines.value_of_run("status") == ["paid"]
    assert lines.amounts.net.tolist() == [0, 2500]


def test_an_order_has_the_first_value_that_one_of_its_lines_gives():
    lines = lines_of(
        {"channel": ""}, {"line_no": "2", "channel": "store"}, {"order_no": "B", "channel": "app"}
    )
    assert lines.value_of_run("channel") == ["store", "app"]


def test_decimals_are_those_of_the_orders_currency():
    lines = lines_of(
        {"currency": "JPY", "unit_price": "3", "quantity": "3"}, {"order_no": "B", "currency": "KWD"}
    )
    assert lines.value_of_run("currency") == ["JPY", "KWD"]
