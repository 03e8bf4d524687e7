"""What is known of an order's member when it is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fraud.ml.orders.columns import DAY, OrderColumns
from fraud.ml.orders.grouped_history import GroupedHistory
from fraud.ml.orders.member_context import MEMBER_CONTEXT, about_fraud, member_context
from fraud.ml.orders.step_features import HISTORY_ORDERS, STEP_FEATURES, step_features
from tests.fraud.toys import START

NEVER = np.iinfo(np.int64).max


def orders(*, amounts: list[int], days: list[float], **columns: Any) -> OrderColumns:
    return OrderColumns.build(
        **{
            "member": np.zeros(len(amounts), np.int64),
            "placed_at": START + (np.array(days) * DAY).astype(np.int64),
            "amount_cents": np.array(amounts),
            **{name: np.array(values) for name, values in columns.items()},
        }
    )


def steps_of(given: OrderColumns) -> np.ndarray:
    history = GroupedHistory.of(given.member, limit=HISTORY_ORDERS)
    return step_features(given, history, time_zone="UTC")


def context(given: OrderColumns, *, as_of: int | None = None) -> dict[str, float]:
    """Of the newest order, whose window holds all of them."""
    history = GroupedHistory.of(given.member, limit=HISTORY_ORDERS)
    window = np.arange(len(given))[None, :]
    moment = np.array([given.placed_at[-1] if as_of is None else as_of])
    table = member_context(given, history, steps_of(given), window, as_of=moment)
    return dict(zip(MEMBER_CONTEXT, table[0].tolist(), strict=True))


def test_different_devices_are_counted_within_each_window() -> None:
    given = orders(amounts=[100] * 4, days=[0, 20, 24.5, 25], device=[1, 2, 3, 3])
    row = context(given)
    assert [row[f"distinct_device_{window}"] for window in ("1d", "7d", "30d")] == [1, 2, 3]


def test_unknown_devices_do_not_count() -> None:
    row = context(orders(amounts=[100] * 3, days=[0, 0.1, 0.2], device=[-1, -1, -1]))
    assert row["distinct_device_1d"] == 0


def test_the_order_itself_adds_nothing_to_the_recent_excess() -> None:
    usual = [1_000] * 8
    only_now = context(orders(amounts=[*usual, 9_000], days=list(range(9))))
    before = context(orders(amounts=[*usual, 9_000, 1_000], days=list(range(10))))
    assert only_now["recent_excess"] == 0
    assert before["recent_excess"] > 0.5


def test_excess_older_than_a_week_counts_in_the_long_sum_alone() -> None:
    row = context(orders(amounts=[*([1_000] * 8), 9_000, 1_000], days=[*range(9), 20]))
    assert row["recent_excess"] > 0.5
    assert row["recent_excess_7d"] == 0


@pytest.mark.parametrize(("as_of_day", "known"), [(5, 0), (12, 1)])
def test_a_label_counts_from_the_day_it_was_known(as_of_day: int, known: int) -> None:
    given = orders(
        amounts=[100, 100],
        days=[0, 4],
        is_fraud=np.array([1, np.nan], np.float32),
        label_known_at=[START + 10 * DAY, NEVER],
    )
    row = context(given, as_of=START + as_of_day * DAY)
    counts = [value for name, value in row.items() if name.startswith("member_") and "frauds" in name]
    assert any(value > 0 for value in counts) == bool(known)


def fraud_after_usual_orders() -> OrderColumns:
    """Five usual orders, then three frauds: two that stand out and a small one; known at once."""
    n = 8
    return orders(
        amounts=[1_000] * 5 + [9_000, 8_000, 500],
        days=list(range(n)),
        is_fraud=np.array([0] * 5 + [1] * 3, np.float32),
        label_known_at=START + np.arange(n) * DAY,
    )


def test_other_frauds_of_the_member_are_counted_by_whether_they_stand_out() -> None:
    given = fraud_after_usual_orders()
    at, as_of = np.array([5]), np.array([START + 30 * DAY])

    about = about_fraud(given, steps_of(given), at, as_of=as_of)

    assert about.shape == (1, 4)
    high = steps_of(given)[5, STEP_FEATURES.index("amount_vs_high")]
    assert about[0, 1] == high > 0
    assert np.expm1(about[0, 2:]) == pytest.approx([1, 1], rel=1e-5)


def test_frauds_that_are_not_known_yet_are_not_counted() -> None:
    given = fraud_after_usual_orders()
    about = about_fraud(given, steps_of(given), np.array([5]), as_of=np.array([START + 5 * DAY]))
    assert about[0, 2:].tolist() == [0, 0]


def test_frauds_of_another_member_are_not_counted() -> None:
    given = fraud_after_usual_orders()
    given.member[6:] = 1
    about = about_fraud(given, steps_of(given), np.array([5]), as_of=np.array([START + 30 * DAY]))
    assert about[0, 2:].tolist() == [0, 0]
