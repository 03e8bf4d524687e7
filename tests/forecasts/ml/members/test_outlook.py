"""An outlook as forecasts: in order and within bounds, whatever a model answered."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecasts.ml.members.outlook import Outlook, joined, to_forecasts
from forecasts.ml.members.purchase_history import LATEST_DAY, PurchaseHistory

numbers = st.floats(-50, 5_000)


def column(*shape: int) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, shape, elements=numbers)


outlooks = st.builds(
    Outlook, orders=column(2, 2), orders_at=column(2, 2, 3), p_none=column(2, 2), spend=column(2, 2),
    spend_at=column(2, 2, 3), wait_at=column(2, 3), p_alive=column(2),
)  # fmt: skip


def history() -> PurchaseHistory:
    return PurchaseHistory.from_orders([1, 2], [86_400, 2 * 86_400], [5.0, 6.0], as_of_day=30)


@given(outlooks)
def test_forecasts_are_in_order_and_within_bounds(outlook: Outlook) -> None:
    forecasts = to_forecasts(history(), outlook, horizons=(30, 90), mean_units=1.0)

    assert (forecasts.orders_low <= forecasts.median_orders).all()
    assert (forecasts.median_orders <= forecasts.orders_high).all()
    assert (forecasts.spend_low <= forecasts.spend_high).all()
    assert ((forecasts.p_inactive >= 0) & (forecasts.p_inactive <= 1)).all()
    assert ((forecasts.p_alive >= 0) & (forecasts.p_alive <= 1)).all()
    assert ((forecasts.next_order_days >= 0) & (forecasts.next_order_days <= LATEST_DAY)).all()
    assert (np.diff(forecasts.next_order_days, axis=1) >= 0).all()
    assert (
        min(forecasts.expected_orders.min(), forecasts.expected_spend.min(), forecasts.expected_units.min())
        >= 0
    )
    np.testing.assert_array_equal(forecasts.median_orders, np.floor(forecasts.median_orders))


@given(outlooks, outlooks)
def test_joined_outlooks_stand_one_after_the_other(one: Outlook, other: Outlook) -> None:
    both = joined([one, other])

    np.testing.assert_array_equal(both.orders, np.concatenate([one.orders, other.orders]))
    assert both.wait_at.shape == (4, 3)
