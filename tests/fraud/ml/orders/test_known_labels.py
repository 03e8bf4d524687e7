"""What labels say of a member, once they are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.ml.orders.columns import DAY, NEVER, OrderColumns
from fraud.ml.orders.grouped_history import GroupedHistory
from fraud.ml.orders.known_labels import (
    KNOWN_FEATURES,
    known_frauds_elsewhere,
    known_label_features,
    newest_known_fraud,
)

LIMIT = 8
FRAUD, GENUINE, OPEN = 1.0, 0.0, None


def member_with(
    *labels: float | None, known_after_days: float = 0.5, days: list[int] | None = None
) -> OrderColumns:
    """One member's orders, a day apart unless told, each label known some days after its order."""
    n = len(labels)
    at = np.array(days or range(n)) * DAY
    known = np.array([label is not None for label in labels])
    return OrderColumns.build(
        member=np.zeros(n, np.int64),
        placed_at=at,
        amount_cents=np.full(n, 100),
        is_fraud=np.array([np.nan if label is None else label for label in labels], np.float32),
        label_known_at=np.where(known, at + int(known_after_days * DAY), NEVER),
    )


def last_of(orders: OrderColumns) -> dict[str, float]:
    """The features of the newest order, at its own moment."""
    history = GroupedHistory.of(orders.member, limit=LIMIT)
    at = np.array([len(orders) - 1])
    features = known_label_features(orders, history, at, as_of=orders.placed_at[at], limit=LIMIT)
    assert set(features) == set(KNOWN_FEATURES)
    return {name: float(values[0]) for name, values in features.items()}


def test_known_labels_are_counted():
    last = last_of(member_with(FRAUD, GENUINE, FRAUD, OPEN, OPEN))

    assert np.expm1(last["known"]) == pytest.approx(3)
    assert np.expm1(last["frauds"]) == pytest.approx(2)
    assert last["fraud_share"] == pytest.approx(2 / 3)


def test_a_label_that_is_not_known_yet_does_not_count():
    last = last_of(member_with(FRAUD, FRAUD, OPEN, known_after_days=1.5))

    assert np.expm1(last["frauds"]) == pytest.approx(1)


def test_windows_hold_labels_by_the_day_they_became_known():
    last = last_of(member_with(FRAUD, OPEN, known_after_days=29, days=[0, 32]))

    assert [round(np.expm1(last[f"frauds_known_{name}"])) for name in ("1d", "7d", "30d")] == [0, 1, 1]
    assert np.isnan(last["fraud_share_known_1d"])


def test_a_streak_is_the_run_that_ends_with_the_newest_fraud():
    last = last_of(member_with(FRAUD, GENUINE, FRAUD, FRAUD, OPEN))

    assert np.expm1(last["streak"]) == pytest.approx(2)
    assert last["days_since_fraud"] == pytest.approx(1)
    assert last["days_since_streak"] == pytest.approx(2)
    assert last["days_before_streak"] == pytest.approx(3)
    assert last["genuine_since_fraud"] == 0
    assert np.isnan(last["days_since_genuine_after"])


def test_a_genuine_order_after_the_newest_fraud_ends_the_streak():
    last = last_of(member_with(FRAUD, FRAUD, GENUINE, OPEN))

    assert np.expm1(last["streak"]) == pytest.approx(2)
    assert np.expm1(last["genuine_since_fraud"]) == pytest.approx(1)
    assert last["days_since_genuine_after"] == pytest.approx(1)


def test_features_are_missing_without_known_labels():
    last = last_of(member_with(OPEN, OPEN))

    assert (last["known"], last["frauds"], last["streak"]) == (0, 0, 0)
    assert np.isnan([last["fraud_share"], last["days_since_fraud"], last["genuine_since_fraud"]]).all()


def test_the_newest_known_fraud_is_found():
    orders = member_with(FRAUD, FRAUD, GENUINE, OPEN)
    history = GroupedHistory.of(orders.member, limit=LIMIT)
    at = np.arange(4)

    newest = newest_known_fraud(orders, history, at, as_of=orders.placed_at, limit=LIMIT)
    assert newest.tolist() == [-1, 0, 1, 1]


def test_frauds_elsewhere_are_those_at_other_places_of_the_same_member():
    orders = OrderColumns.build(
        member=np.array([0, 0, 0, 1]),
        placed_at=np.arange(4) * DAY,
        amount_cents=np.full(4, 100),
        is_fraud=np.array([1, 1, 1, 1], np.float32),
        label_known_at=np.array([1, 2, 9, 1]) * DAY,
    )
    places = np.array([5, 6, 6, 6])

    counts = known_frauds_elsewhere(orders, places, np.array([0, 1]), as_of=np.array([4, 4]) * DAY)
    assert counts.tolist() == [1, 1]  # the third is not known yet, the fourth is another member's


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 1.0, None]), st.integers(0, 3), st.integers(0, 5)),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_counts_agree_with_a_loop_over_the_past(rows: list[tuple[float | None, int, int]]):
    """Rows of (label, days after the order before, days until the label is known)."""
    at = np.cumsum([gap for _label, gap, _late in rows]) * DAY
    known_at = np.array([
        NEVER if label is None else moment + late * DAY
        for (label, _gap, late), moment in zip(rows, at, strict=True)
    ])  # fmt: skip
    orders = OrderColumns.build(
        member=np.zeros(len(rows), np.int64), placed_at=at, amount_cents=np.full(len(rows), 100),
        is_fraud=np.array([np.nan if label is None else label for label, *_rest in rows], np.float32),
        label_known_at=known_at,
    )  # fmt: skip
    earlier = range(len(rows) - 1)
    known = [row for row in earlier if known_at[row] <= at[-1]]
    frauds = [row for row in known if rows[row][0] == 1]
    last = last_of(orders)

    assert np.expm1(last["known"]) == pytest.approx(len(known))
    assert np.expm1(last["frauds"]) == pytest.approx(len(frauds))
    recent = [row for row in frauds if known_at[row] > at[-1] - 7 * DAY]
    assert np.expm1(last["frauds_known_7d"]) == pytest.approx(len(recent))
