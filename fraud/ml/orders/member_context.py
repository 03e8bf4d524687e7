"""What is known of an order's member when it is looked at: labels, distinct devices, recent amounts."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.columns import DAY, UNKNOWN, OrderColumns
from fraud.ml.orders.grouped_history import GroupedHistory
from fraud.ml.orders.known_labels import KNOWN_FEATURES, known_label_features
from fraud.ml.orders.place_history import ABOUT_FRAUD, distinct
from fraud.ml.orders.step_features import LOG_STEP, STEP_FEATURES, USUAL_ORDERS, VELOCITY_WINDOWS

AROUND: Final = 32
"""How many of the member's orders before and after a fraud are searched for further frauds."""
DISTINCT_WINDOWS: Final = VELOCITY_WINDOWS[1:]
DISTINCT: Final = ("device", "instrument", "address", "ip_prefix")
MEMBER_CONTEXT: Final = (
    *(f"member_{name}" for name in KNOWN_FEATURES),
    *(f"distinct_{name}_{window}" for name in DISTINCT for window, _ in DISTINCT_WINDOWS),
    "recent_excess", "recent_excess_7d",
)  # fmt: skip


def about_fraud(
    orders: OrderColumns, steps: NDArray[np.float32], at: NDArray[np.int64], *, as_of: NDArray[np.int64]
) -> NDArray[np.float32]:
    """(n, 4) ABOUT_FRAUD of the frauds at rows ``at`` of ``orders`` by member, as known at ``as_of`` (n,)."""
    median, high = (STEP_FEATURES.index(f"amount_vs_{name}") for name in ("median", "high"))
    stands_out = steps[:, high] > 0
    others = np.delete(np.arange(-AROUND, AROUND + 1), AROUND)
    about = np.empty((len(at), len(ABOUT_FRAUD)), np.float32)
    about[:, :2] = steps[at][:, [median, high]]
    for begin in range(0, len(at), 50_000):
        chunk = slice(begin, begin + 50_000)
        wanted, now = at[chunk, None] + others, as_of[chunk, None]
        row = np.clip(wanted, 0, len(orders) - 1)
        known = (orders.member[row] == orders.member[at[chunk, None]]) & (row == wanted)
        known &= (orders.is_fraud[row] == 1) & (orders.label_known_at[row] <= now)
        known &= orders.placed_at[row] <= now
        large = known & stands_out[row]
        about[chunk, 2] = np.log1p(large.sum(axis=1))
        about[chunk, 3] = np.log1p((known & ~large).sum(axis=1))
    return about


def member_context(
    orders: OrderColumns,
    history: GroupedHistory,
    steps: NDArray[np.float32],
    window: NDArray[np.int64],
    *,
    as_of: NDArray[np.int64],
) -> NDArray[np.float32]:
    at = window[:, -1]
    context = np.full((len(at), len(MEMBER_CONTEXT)), np.nan, np.float32)
    known = known_label_features(orders, history, at, as_of=as_of, limit=USUAL_ORDERS)
    for name, known_of_it in known.items():
        context[:, MEMBER_CONTEXT.index(f"member_{name}")] = known_of_it
    for begin in range(0, len(at), 50_000):
        chunk = slice(begin, begin + 50_000)
        for name, values in _window_context(orders, steps, window[chunk]).items():
            context[chunk, MEMBER_CONTEXT.index(name)] = values
    return context


def _window_context(
    orders: OrderColumns, steps: NDArray[np.float32], window: NDArray[np.int64]
) -> dict[str, NDArray[np.generic]]:
    """Distinct devices and so on within some time, and by how much recent orders exceeded what is usual."""
    there = window >= 0
    age = orders.placed_at[window[:, -1:]] - orders.placed_at[window]
    columns: dict[str, NDArray[np.generic]] = {}
    for name in DISTINCT:
        codes = getattr(orders, name)[window]
        there_of_it = there & (codes != UNKNOWN)
        for label, width in DISTINCT_WINDOWS:
            if not there_of_it.any():
                columns[f"distinct_{name}_{label}"] = np.zeros(len(window))
                continue
            columns[f"distinct_{name}_{label}"] = distinct(
                np.where(there_of_it & (age <= width), codes, UNKNOWN)
            )
    above = np.nan_to_num(steps[window, STEP_FEATURES.index("amount_vs_high")])
    excess = np.where(there, np.clip(above, 0, 2), 0)
    excess[:, -1] = 0  # the order itself has its own feature
    columns["recent_excess"] = _row_sum(excess)
    columns["recent_excess_7d"] = _row_sum(np.where(age <= 7 * DAY, excess, 0))
    return columns


def _row_sum(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """In whole steps, so that the sum does not depend on the order it is taken in."""
    return np.asarray(np.rint(values * LOG_STEP).astype(np.int64).sum(axis=1) / LOG_STEP)
