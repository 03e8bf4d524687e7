"""Quantities that are weights, and quantities that nobody buys."""

from __future__ import annotations

import numpy as np
import pytest

from membership.cleaning.outliers import is_implausible, is_weight

CENT = 10_000  # in millionths


def weight(quantity: int, unit_price: int) -> bool:
    flags = is_weight(
        quantity=np.array([quantity]), unit_price=np.array([unit_price]), smallest_coin=np.array([CENT])
    )
    return bool(flags[0])


@pytest.mark.parametrize(
    ("quantity", "unit_price", "expected"),
    [
        (12_345, 2_999, True),  # fuel in thousandths of a gallon
        (100, CENT - 1, True),
        (99, CENT - 1, False),
        (100, CENT, False),
        (5_000, 0, False),  # a gift is not a weight
        (144, 330_000, False),
    ],
)
def test_many_of_something_below_the_smallest_coin_is_a_weight(quantity, unit_price, expected):
    assert weight(quantity, unit_price) is expected


def test_ten_thousand_pieces_are_implausible():
    assert is_implausible(quantity=np.array([1, 9_999, 10_000])).tolist() == [False, False, True]
