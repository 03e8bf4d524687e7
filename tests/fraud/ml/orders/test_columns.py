from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from fraud.ml.orders.columns import NEVER, UNKNOWN, OrderColumns
from tests.fraud.toys import some_orders


def three() -> OrderColumns:
    return OrderColumns.build(
        member=np.array([7, 7, 9]), placed_at=np.array([1, 2, 3]), amount_cents=np.array([10, 20, 30])
    )


def test_columns_that_are_not_given_are_missing():
    orders = three()

    assert orders.device.tolist() == [UNKNOWN] * 3
    assert orders.channel.dtype == np.int8
    assert orders.label_known_at.tolist() == orders.joined_at.tolist() == [NEVER] * 3
    assert orders.discount_cents.tolist() == [0, 0, 0]
    assert np.isnan(orders.is_fraud).all()


def test_a_column_that_orders_do_not_have_is_named():
    with pytest.raises(TypeError, match="no column 'colour'"):
        OrderColumns.build(
            member=np.zeros(1, int),
            placed_at=np.zeros(1, int),
            amount_cents=np.zeros(1, int),
            colour=np.zeros(1),
        )


def test_rows_are_taken_from_every_column():
    orders, rows = some_orders(), np.array([5, 3, 3, 200])
    taken = orders.take(rows)

    assert len(taken) == 4
    for field in fields(orders):
        np.testing.assert_array_equal(getattr(taken, field.name), getattr(orders, field.name)[rows])
