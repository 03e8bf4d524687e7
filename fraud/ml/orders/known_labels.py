"""Labels of a member or a store that are known at a moment, and how old they are.

Handbook-style risk (Le Borgne et al. 2022, chapter 3) counts frauds in windows shifted by a fixed delay. Here
a window holds the labels that *became known* in it, so that any delay, also a varying one, is handled.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.columns import DAY, NEVER, OrderColumns
from fraud.ml.orders.grouped_history import GroupedHistory, Past

NEWS_WINDOWS: Final = (("1d", DAY), ("7d", 7 * DAY), ("30d", 30 * DAY))
KNOWN_FEATURES: Final = (
    "known", "frauds", "fraud_share",
    *(f"{kind}_{name}" for name, _ in NEWS_WINDOWS for kind in ("frauds_known", "fraud_share_known")),
    "streak", "days_since_fraud", "days_since_streak", "days_before_streak",
    "genuine_since_fraud", "days_since_genuine_after",
)  # fmt: skip
"""Counts as log(1 + n); shares 0..1; days as they are; NaN where there is nothing to count from.

A streak is the run of known frauds that ends with the newest one and is not broken by a known genuine order:
``days_since_streak`` is the age of its first order, ``days_before_streak`` that of the last known genuine one
before it. A genuine order after the newest fraud says that the streak is over, and since when.
"""


def known_label_features(
    orders: OrderColumns,
    history: GroupedHistory,
    position: NDArray[np.int64],
    *,
    as_of: NDArray[np.int64],
    limit: int,
) -> dict[str, NDArray[np.float32]]:
    """KNOWN_FEATURES of the orders at ``position`` (n,) of sorted ``orders``, at ``as_of`` (n,) seconds."""
    columns = {name: np.full(len(position), np.nan, np.float32) for name in KNOWN_FEATURES}
    for chunk, past in history.pasts(position, limit=limit):
        features = _of_chunk(orders, past, now=orders.placed_at[position[chunk]], as_of=as_of[chunk])
        for name, values in features.items():
            columns[name][chunk] = values
    return columns


def newest_known_fraud(
    orders: OrderColumns,
    history: GroupedHistory,
    position: NDArray[np.int64],
    *,
    as_of: NDArray[np.int64],
    limit: int,
) -> NDArray[np.int64]:
    """(n,) rows of sorted ``orders``: the past's last order that is known to be fraud; -1 without one."""
    newest = np.full(len(position), -1, np.int64)
    for chunk, past in history.pasts(position, limit=limit):
        known = past.there & (orders.label_known_at[past.rows] <= as_of[chunk, None])
        place = _last(known & (orders.is_fraud[past.rows] == 1))
        rows = past.rows[np.arange(len(place)), np.maximum(place, 0)]
        newest[chunk] = np.where(place >= 0, rows, -1)
    return newest


def known_frauds_elsewhere(
    orders: OrderColumns,
    places: NDArray[np.int64],
    rows: NDArray[np.int64],
    *,
    as_of: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(n,) known frauds on the members of the orders at ``rows`` (n,), at other places than these orders'."""
    frauds = np.flatnonzero((orders.is_fraud == 1) & (orders.label_known_at < NEVER))
    pairs = np.stack([orders.member, places], axis=1)
    everywhere = _known_by(orders.member[frauds], orders.label_known_at[frauds], orders.member[rows], as_of)
    _, pair = np.unique(np.concatenate([pairs[frauds], pairs[rows]]), axis=0, return_inverse=True)
    here = _known_by(pair[: len(frauds)], orders.label_known_at[frauds], pair[len(frauds) :], as_of)
    return everywhere - here


def _known_by(
    group: NDArray[np.int64],
    known_at: NDArray[np.int64],
    wanted: NDArray[np.int64],
    as_of: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(n,) how many of ``group`` equal ``wanted`` (n,) and were known at ``as_of`` (n,)."""
    order = np.lexsort((known_at, group))
    group, known_at = group[order], known_at[order]
    ranks = np.searchsorted(np.sort(known_at), known_at, side="right")  # small numbers in place of seconds
    limits = np.searchsorted(np.sort(known_at), as_of, side="right")
    span = len(group) + 1
    key = group * span + ranks
    return np.asarray(
        np.searchsorted(key, wanted * span + limits, side="right") - np.searchsorted(key, wanted * span)
    )


def _of_chunk(
    orders: OrderColumns, past: Past, *, now: NDArray[np.int64], as_of: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    known_at, label = orders.label_known_at[past.rows], orders.is_fraud[past.rows]
    known = past.there & (known_at <= as_of[:, None]) & ~np.isnan(label)
    fraud = known & (label == 1)
    n_known, n_fraud = known.sum(axis=1), fraud.sum(axis=1)
    features = {
        "known": np.log1p(n_known),
        "frauds": np.log1p(n_fraud),
        "fraud_share": _share(n_fraud, n_known),
    }
    for name, width in NEWS_WINDOWS:
        fresh = known & (known_at > as_of[:, None] - width)
        n_fresh, n_fresh_fraud = fresh.sum(axis=1), (fresh & fraud).sum(axis=1)
        features[f"frauds_known_{name}"] = np.log1p(n_fresh_fraud)
        features[f"fraud_share_known_{name}"] = _share(n_fresh_fraud, n_fresh)
    return features | _streak(orders.placed_at[past.rows], fraud, known & ~fraud, now=now)


def _streak(
    placed_at: NDArray[np.int64],
    fraud: NDArray[np.bool_],
    genuine: NDArray[np.bool_],
    *,
    now: NDArray[np.int64],
) -> dict[str, NDArray[np.float64]]:
    column = np.arange(fraud.shape[1])
    newest = _last(fraud)
    before = _last(genuine & (column < newest[:, None]))
    in_streak = fraud & (column > before[:, None])
    after = genuine & (column > newest[:, None])
    any_fraud = newest >= 0

    def days(place: NDArray[np.int64], there: NDArray[np.bool_]) -> NDArray[np.float64]:
        moment = placed_at[np.arange(len(place)), np.maximum(place, 0)]
        return np.where(there, (now - moment) / DAY, np.nan)

    return {
        "streak": np.log1p(in_streak.sum(axis=1)),
        "days_since_fraud": days(newest, any_fraud),
        "days_since_streak": days(in_streak.argmax(axis=1), any_fraud),
        "days_before_streak": days(before, any_fraud & (before >= 0)),
        "genuine_since_fraud": np.where(any_fraud, np.log1p(after.sum(axis=1)), np.nan),
        "days_since_genuine_after": days(after.argmax(axis=1), any_fraud & after.any(axis=1)),
    }


def _last(there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(n,) the last column that is on; -1 where none is."""
    place = there.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
    return np.where(there.any(axis=1), place, -1)


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
