"""Outlooks of consecutive members as one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecasts.ml.members.outlook import Outlook, joined

numbers = st.floats(-50, 5_000)


def column(*shape: int) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, shape, elements=numbers)


outlooks = st.builds(
    Outlook, orders=column(2, 2), orders_at=column(2, 2, 3), p_none=column(2, 2), spend=column(2, 2),
    spend_at=column(2, 2, 3), wait_at=column(2, 3), p_alive=column(2),
    rate=column(2), later=column(2, 6),
)  # fmt: skip


@given(outlooks, outlooks)
def test_joined_outlooks_stand_one_after_the_other(one: Outlook, other: Outlook) -> None:
    both = joined([one, other])

    np.testing.assert_array_equal(both.orders, np.concatenate([one.orders, other.orders]))
    assert both.wait_at.shape == (4, 3)
