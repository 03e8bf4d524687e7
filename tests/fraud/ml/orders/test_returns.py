"""What had come back to a member before an order: known refunds only."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fraud.ml.orders.columns import OrderColumns
from fraud.ml.orders.grouped_history import GroupedHistory
from fraud.ml.orders.returns import RETURN_FEATURES, Refunds, return_features

ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(-5, 9).filter(bool)), max_size=25
)
ASKED = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 20)), min_size=1, max_size=10)


def refunds(rows: list[tuple[int, int, int]]) -> Refunds:
    member, known_at, cents = np.array(rows, np.int64).reshape(-1, 3).T
    return Refunds(member, known_at, cents)


@given(ROWS, ASKED)
def test_refunds_are_counted_as_by_hand(rows, asked) -> None:
    member, placed_at = np.array(asked, np.int64).T
    cents, counts = refunds(rows).before(member=member, placed_at=placed_at)

    for at, (who, when) in enumerate(asked):
        known = [amount for one, known_at, amount in rows if one == who and known_at <= when]
        assert cents[at] == max(sum(known), 0)
        assert counts[at] == max(sum(1 if amount > 0 else -1 for amount in known), 0)


def test_the_share_is_of_what_was_bought_before_and_unknown_without_a_past() -> None:
    orders = OrderColumns.build(
        member=np.array([1, 1, 2]), placed_at=np.array([10, 20, 20]),
        amount_cents=np.array([4_000, 100, 100]),
        returned_cents=np.array([0, 1_000, 0]), returns=np.array([0, 1, 0]),
    )  # fmt: skip
    features = return_features(orders, GroupedHistory.of(orders.member, limit=256))
    columns = dict(zip(RETURN_FEATURES, features.T, strict=True))

    np.testing.assert_allclose(columns["returned_share"], [np.nan, 0.25, np.nan])
    np.testing.assert_allclose(columns["log_returned"], [0, np.log1p(10), 0], rtol=1e-6)
    np.testing.assert_allclose(columns["log_returns"], [0, np.log1p(1), 0], rtol=1e-6)
