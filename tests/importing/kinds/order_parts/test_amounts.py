from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importing.files.frames import CleanColumn, RowProblems
from importing.kinds.order_parts.amounts import Amounts, line_amounts, order_amounts, refund_lines, rounded
from importing.presets.loading import Rules
from importing.whole_orders.goods import spread

EURO = 1_000_000  # a unit price is in millionths, other amounts in thousandths


def column(*values: object) -> CleanColumn:
    known = list(dict.fromkeys(value for value in values if value is not None))
    codes = [-1 if value is None else known.index(value) for value in values]
    return CleanColumn(values=known, codes=np.array(codes, dtype=np.int32), problems=[])


def amounts_of(
    clean: dict[str, CleanColumn], *, exact: bool = False, rules: Rules | None = None
) -> tuple[Amounts, RowProblems]:
    n_rows = len(clean["quantity"].codes)
    problems = RowProblems.none(n_rows)
    digits = np.full(n_rows, 2)
    return line_amounts(
        clean, digits=digits, problems=problems, rules=rules or Rules(), exact=exact
    ), problems


def one_order(clean: dict[str, CleanColumn], *, rules: Rules | None = None) -> Amounts:
    """All rows as the lines of one order, with what the file says of the whole."""
    amounts, _problems = amounts_of(clean, rules=rules)
    lengths = np.array([len(amounts.gross)])
    order_amounts(amounts, clean, starts=np.array([0]), lengths=lengths, rules=rules or Rules())
    return amounts


def test_a_line_is_quantity_times_price_less_its_discount():
    amounts, _problems = amounts_of(
        {"quantity": column(2), "unit_price": column(1_250_000), "discount": column(500)}
    )
    assert (amounts.gross.tolist(), amounts.net.tolist()) == ([2500], [2000])


def test_the_lines_own_total_counts_and_the_rest_is_discount():
    amounts, _problems = amounts_of(
        {"quantity": column(2, 2), "unit_price": column(EURO, EURO), "line_total": column(1500, 3000)}
    )
    assert amounts.discount.tolist() == [500, 0]
    assert amounts.net.tolist() == [1500, 3000]


def test_a_line_without_a_price_gets_that_of_one_unit():
    amounts, _problems = amounts_of({"quantity": column(4), "line_gross": column(10_000)})
    assert amounts.unit_price.tolist() == [2_500_000]


def test_an_exact_file_may_not_discount_more_than_the_line_or_finer_than_a_cent():
    clean = {"quantity": column(1, 1), "unit_price": column(EURO, EURO), "discount": column(1500, 5)}
    _amounts, problems = amounts_of(clean, exact=True)
    assert [problems.note(row).code for row in range(2)] == ["discount_above_line", "finer_than_currency"]
    amounts, problems = amounts_of(clean)
    assert not problems.of_row.any()
    assert amounts.net.tolist() == [0, 990]


def test_a_negative_quantity_a_word_and_a_prefix_mark_a_return():
    clean = {
        "quantity": column(-1, 1, 1, 1),
        "unit_price": column(EURO, EURO, EURO, EURO),
        "row_kind": column(None, "Refund", None, None),
        "order_no": column("1", "2", "C3", "4"),
    }
    amounts, _problems = amounts_of(clean, rules={"return_prefix": "C"})
    assert amounts.is_return.tolist() == [True, True, True, False]
    assert amounts.quantity.tolist() == [1, 1, 1, 1]


def test_a_discount_of_the_order_is_spread_over_its_lines():
    clean = {
        "quantity": column(1, 1),
        "unit_price": column(EURO, 3 * EURO),
        "order_discount": column(1000, 1000),
    }
    assert one_order(clean).discount.tolist() == [250, 750]


def test_an_order_discount_that_includes_those_of_lines_is_not_taken_twice():
    clean = {
        "quantity": column(1, 1), "unit_price": column(EURO, EURO), "discount": column(500, None),
        "order_discount": column(500, 500),
    }  # fmt: skip
    assert one_order(clean, rules={"order_discount_includes_lines": True}).discount.tolist() == [500, 0]


def test_what_was_paid_without_shipping_is_what_the_lines_come_to():
    clean = {
        "quantity": column(1, 1), "unit_price": column(EURO, EURO), "shipping": column(500, 500),
        "order_paid": column(2300, 2300),
    }  # fmt: skip
    assert one_order(clean).net.sum() == 1800


def test_amounts_of_the_order_that_lines_repeat_count_once_and_parts_are_added():
    for values, total in (((700, 700), 700), ((700, None), 700), ((300, 400), 700)):
        clean = {"quantity": column(1, 1), "unit_price": column(EURO, EURO), "shipping": column(*values)}
        assert one_order(clean).of_order["shipping"].tolist() == [total]


def refunded(clean: dict[str, CleanColumn], *, whole: bool = False) -> list[int]:
    amounts = one_order(clean)
    n_rows = len(amounts.gross)
    refund_lines(
        amounts, clean, starts=np.array([0]), lengths=np.array([n_rows]), whole=np.array([whole]),
        lines=np.zeros(n_rows, dtype=bool), rules=Rules(),
    )  # fmt: skip
    return [int(amount) for amount in amounts.refunded]


LINES = {"quantity": column(2, 1), "unit_price": column(EURO, 2 * EURO)}


def test_refunds_are_taken_by_units_by_line_by_order_or_whole():
    assert refunded({**LINES, "quantity_refunded": column(1, None)}) == [1000, 0]
    assert refunded({**LINES, "line_refunded": column(None, 500)}) == [0, 500]
    assert refunded({**LINES, "refunded": column(1000, 1000)}) == [500, 500]
    assert refunded({**LINES, "refund_status": column("退款成功", None)}) == [2000, 0]
    assert refunded(LINES, whole=True) == [2000, 2000]


def test_a_refund_told_by_line_and_by_order_is_taken_once():
    clean = {**LINES, "line_refunded": column(500, None), "refunded": column(500, 500)}
    assert sum(refunded(clean)) == 500


def test_no_more_is_refunded_than_was_paid():
    assert sum(refunded({**LINES, "refunded": column(9000, 9000)})) == 4000


@pytest.mark.parametrize(("amount", "cent"), [(1004, 1000), (1005, 1010), (0, 0)])
def test_halves_are_rounded_up(amount: int, cent: int):
    assert rounded(np.array([amount]), np.array([10])).tolist() == [cent]


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=8), st.integers(0, 100))
def test_what_is_spread_adds_up_exactly(cents: list[int], percent: int):
    weights = np.array(cents) * 10
    amount = weights.sum() * percent // 1000 * 10
    shares = spread(
        np.array([amount]), weights, coin=np.array([10]), starts=np.array([0]), lengths=np.array([len(cents)])
    )
    assert shares.sum() == amount
    assert not (shares % 10).any()
    assert (shares >= 0).all()


@pytest.mark.parametrize(("adjusted", "refunded"), [(14_000, 10_000), (0, 0), (24_000, 0)])
def test_a_total_that_was_adjusted_says_what_was_given_back(adjusted: int, refunded: int):
    clean = {
        "quantity": column(4), "unit_price": column(5 * EURO), "order_total": column(24_000),
        "order_adjusted": column(adjusted),
    }  # fmt: skip
    amounts = one_order(clean)
    at = {"starts": np.array([0]), "lengths": np.array([1])}
    nothing = np.array([False])
    refund_lines(amounts, clean, **at, whole=nothing, lines=nothing, rules=Rules())
    assert amounts.refunded.tolist() == [refunded]
