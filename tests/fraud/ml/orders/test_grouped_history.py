"""The past of each order, against loops over the rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.ml.orders import grouped_history
from fraud.ml.orders.grouped_history import GroupedHistory, usual_amounts

Orders = list[tuple[int, int, int]]
orders = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(1, 50)), min_size=1, max_size=25
)
LIMIT = 4


def by_group(rows: Orders) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(group, second, cents) as columns, sorted by group and time."""
    return tuple(np.array(column) for column in zip(*sorted(rows, key=lambda row: row[:2]), strict=True))  # type: ignore[return-value]  # three of them


def past_of(group: np.ndarray, row: int, *, limit: int = LIMIT) -> list[int]:
    earlier = [other for other in range(row) if group[other] == group[row]]
    return earlier[-limit:]


@given(orders)
def test_sums_and_means_are_over_the_last_orders_of_the_group(rows: Orders):
    group, _at, cents = by_group(rows)
    history = GroupedHistory.of(group, limit=LIMIT)
    sums, means = history.sum(cents), history.mean(cents)
    for row in range(len(group)):
        past = past_of(group, row)
        assert history.count[row] == len(past)
        assert sums[row] == sum(cents[past])
        assert means[row] == pytest.approx(np.mean(cents[past])) if past else np.isnan(means[row])


@given(orders)
def test_the_previous_value_is_that_of_the_order_before(rows: Orders):
    group, at, _cents = by_group(rows)
    previous = GroupedHistory.of(group, limit=LIMIT).previous(at)
    for row in range(len(group)):
        past = past_of(group, row)
        assert previous[row] == at[past[-1]] if past else np.isnan(previous[row])


@given(orders)
def test_windows_end_with_the_order_itself(rows: Orders):
    group, _at, _cents = by_group(rows)
    window = GroupedHistory.of(group, limit=LIMIT).window(np.arange(len(group)), length=3)
    for row in range(len(group)):
        shown = [*past_of(group, row, limit=2), row]
        assert window[row].tolist() == [-1] * (3 - len(shown)) + shown


@given(orders, st.integers(1, 10))
def test_velocity_counts_earlier_orders_within_the_seconds(rows: Orders, seconds: int):
    group, at, cents = by_group(rows)
    count, spent = GroupedHistory.of(group, limit=LIMIT).velocity(at, cents, seconds=seconds)
    for row in range(len(group)):
        recent = [other for other in past_of(group, row) if at[row] - at[other] <= seconds]
        assert np.expm1(count[row]) == pytest.approx(len(recent))
        assert np.expm1(spent[row]) * 100 == pytest.approx(sum(cents[[*recent, row]]))


@given(orders)
def test_usual_amounts_are_order_statistics_of_the_past(rows: Orders):
    group, _at, cents = by_group(rows)
    usual = usual_amounts(GroupedHistory.of(group, limit=LIMIT), cents, np.arange(len(group)), limit=LIMIT)
    for row in range(len(group)):
        past = sorted(cents[past_of(group, row)].tolist())
        if len(past) < 3:
            assert all(np.isnan(values[row]) for values in usual.values())
            continue
        last = len(past) - 1
        ratio = np.log1p(cents[row] / 100) - np.log1p(np.array(past) / 100)
        assert usual["median"][row] == pytest.approx(ratio[last // 2])
        assert usual["high"][row] == pytest.approx(ratio[last * 9 // 10])
        assert usual["rank"][row] == pytest.approx(sum(one < cents[row] for one in past) / len(past))


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch):
    group = np.repeat([0, 1, 2], [5, 1, 9])
    cents = np.random.default_rng(1).integers(1, 99, 15)
    history = GroupedHistory.of(group, limit=LIMIT)
    whole = usual_amounts(history, cents, np.arange(15), limit=LIMIT)
    monkeypatch.setattr(grouped_history, "CHUNK_CELLS", 2 * LIMIT)
    chunked = usual_amounts(history, cents, np.arange(15), limit=LIMIT)

    for name in whole:
        np.testing.assert_array_equal(whole[name], chunked[name])


def test_no_orders_have_no_velocity():
    empty = np.zeros(0, np.int64)
    count, spent = GroupedHistory.of(empty, limit=LIMIT).velocity(empty, empty, seconds=60)

    assert len(count) == len(spent) == 0
