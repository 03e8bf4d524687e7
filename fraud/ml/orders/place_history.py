"""What happened where an order was placed: the store's last 16 orders, whoever placed them.

Without a store the place is the order's device, without a device its means of payment. Fraud that moves from
member to member (a skimmed till, one thief's telephone) shows here only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.columns import DAY, HOUR, UNKNOWN, OrderColumns
from fraud.ml.orders.grouped_history import GroupedHistory, usual_amounts
from fraud.ml.orders.known_labels import (
    KNOWN_FEATURES,
    known_frauds_elsewhere,
    known_label_features,
    newest_known_fraud,
)

PLACE_LENGTH: Final = 16
PLACE_ORDERS: Final = 96
"""How many of the place's orders before it an order's features look at."""
PLACE_ORDERS_NEEDED: Final = PLACE_ORDERS + 1
PLACE_KINDS: Final = ("store", "device", "instrument")
PLACE_VELOCITY: Final = (("1h", HOUR), ("1d", DAY), ("7d", 7 * DAY), ("30d", 30 * DAY))

PLACE_FEATURES: Final = (
    "present", "log_amount", "log_age", "log_gap", "same_member",
    "label_fraud", "label_genuine", "label_days",
)  # fmt: skip
ABOUT_FRAUD: Final = ("amount_vs_median", "amount_vs_high", "large_around", "small_around")
"""What the place's newest known fraud was for its member: how far from what that member usually pays, and how
many of the orders around it are known frauds too, of amounts that stand out and of others. One far from it,
among many such, means that the member's account or card was stolen, not that the place has a problem."""
AboutFraud = Callable[[NDArray[np.intp], NDArray[np.int64]], NDArray[np.float32]]
"""(rows of frauds (m,), as_of (m,)) -> ABOUT_FRAUD (m, 4)."""
PLACE_CONTEXT: Final = (
    *(f"place_{name}" for name in KNOWN_FEATURES),
    *(f"place_count_{name}" for name, _ in PLACE_VELOCITY),
    *(f"place_amount_vs_{name}" for name in ("median", "high", "rank")),
    "place_members", "place_own_orders", "place_log_history",
    "place_fraud_log_amount", *(f"place_fraud_{name}" for name in ABOUT_FRAUD), "place_fraud_elsewhere",
)  # fmt: skip


@dataclass(frozen=True)
class PlaceViews:
    """``steps`` (n, PLACE_LENGTH, n_place_features) float32, zeros where there was no order;
    ``context`` (n, n_place_context) float32 with NaN for missing."""

    steps: NDArray[np.float32]
    context: NDArray[np.float32]


def place_codes(orders: OrderColumns) -> NDArray[np.int64]:
    """(n,): equal for orders of one place; an order without any is a place of its own."""
    code = np.full(len(orders), UNKNOWN, np.int64)
    offset = 0
    for kind in PLACE_KINDS:
        values = getattr(orders, kind)
        code = np.where((code == UNKNOWN) & (values != UNKNOWN), values + offset, code)
        offset += int(values.max(initial=0)) + 1
    return np.where(code == UNKNOWN, offset + np.arange(len(code)), code)


def place_views(
    orders: OrderColumns,
    *,
    rows: NDArray[np.integer],
    as_of: NDArray[np.int64],
    about_fraud: AboutFraud,
) -> PlaceViews:
    """Of the orders at ``rows``, as known at ``as_of`` (n,) seconds."""
    places = place_codes(orders)
    by_place = np.lexsort((orders.placed_at, places))  # stable: ties keep the caller's order
    position = np.empty(len(orders), np.int64)
    position[by_place] = np.arange(len(orders))
    placed = orders.take(by_place)
    history = GroupedHistory.of(places[by_place], limit=PLACE_ORDERS)
    at = position[rows]
    context = _context(
        placed,
        places[by_place],
        history,
        at,
        as_of=as_of,
        about_fraud=lambda frauds, known_by: about_fraud(by_place[frauds], known_by),
    )
    return PlaceViews(_steps(placed, history, at, as_of=as_of), context)


def _steps(
    orders: OrderColumns, history: GroupedHistory, at: NDArray[np.int64], *, as_of: NDArray[np.int64]
) -> NDArray[np.float32]:
    steps = np.zeros((len(at), PLACE_LENGTH, len(PLACE_FEATURES)), np.float32)
    log_amount = np.log1p(orders.amount_cents / 100).astype(np.float32)
    gap = np.nan_to_num((orders.placed_at - history.previous(orders.placed_at)) / HOUR)
    log_gap = np.log1p(gap).astype(np.float32)
    for begin in range(0, len(at), 50_000):
        chunk = slice(begin, begin + 50_000)
        window = history.window(at[chunk], length=PLACE_LENGTH)
        there = window >= 0
        earlier = there.copy()
        earlier[:, -1] = False  # an order never shows its own label
        late, label = orders.label_known_at[window], orders.is_fraud[window]
        known = earlier & (late <= as_of[chunk, None]) & ~np.isnan(label)
        label_days = np.where(known, as_of[chunk, None] - np.where(known, late, 0), 0) / DAY
        age = np.where(there, orders.placed_at[at[chunk]][:, None] - orders.placed_at[window], 0) / HOUR
        same = orders.member[window] == orders.member[at[chunk]][:, None]
        features = (there, log_amount[window], np.log1p(age), log_gap[window], same & earlier,
                    known & (label == 1), known & (label == 0), np.log1p(label_days))  # fmt: skip
        for number, values in enumerate(features):
            steps[chunk, :, number] = np.where(there, values, 0)
    return steps


def _context(
    orders: OrderColumns,
    places: NDArray[np.int64],
    history: GroupedHistory,
    at: NDArray[np.int64],
    *,
    as_of: NDArray[np.int64],
    about_fraud: AboutFraud,
) -> NDArray[np.float32]:
    known = known_label_features(orders, history, at, as_of=as_of, limit=PLACE_ORDERS)
    usual = usual_amounts(history, orders.amount_cents, at, limit=PLACE_ORDERS)
    columns: dict[str, NDArray[np.generic]] = {f"place_{name}": values for name, values in known.items()}
    columns |= {f"place_amount_vs_{name}": values for name, values in usual.items()}
    for name, width in PLACE_VELOCITY:
        columns[f"place_count_{name}"] = history.velocity(
            orders.placed_at, orders.amount_cents, seconds=width
        )[0][at]
    columns |= _who(orders, history, at)
    columns["place_log_history"] = np.log1p(history.count[at])
    columns |= _newest_fraud(orders, places, history, at, as_of=as_of, about_fraud=about_fraud)
    context = np.empty((len(at), len(PLACE_CONTEXT)), np.float32)
    for number, name in enumerate(PLACE_CONTEXT):
        context[:, number] = columns[name]
    return context


def _newest_fraud(
    orders: OrderColumns,
    places: NDArray[np.int64],
    history: GroupedHistory,
    at: NDArray[np.int64],
    *,
    as_of: NDArray[np.int64],
    about_fraud: AboutFraud,
) -> dict[str, NDArray[np.generic]]:
    """Of the place's newest known fraud: its amount, what it was for its member, and whether that member was
    robbed elsewhere too.

    If so the member's card or account was stolen, which is no fault of the place.
    """
    newest = newest_known_fraud(orders, history, at, as_of=as_of, limit=PLACE_ORDERS)
    known = np.flatnonzero(newest >= 0)
    amount, elsewhere = np.full(len(at), np.nan), np.full(len(at), np.nan)
    amount[known] = np.log1p(orders.amount_cents[newest[known]] / 100)
    elsewhere[known] = np.log1p(known_frauds_elsewhere(orders, places, newest[known], as_of=as_of[known]))
    about = np.full((len(at), len(ABOUT_FRAUD)), np.nan, np.float32)
    about[known] = about_fraud(newest[known], as_of[known])
    return {
        "place_fraud_log_amount": amount,
        **{f"place_fraud_{name}": about[:, column] for column, name in enumerate(ABOUT_FRAUD)},
        "place_fraud_elsewhere": elsewhere,
    }


def _who(
    orders: OrderColumns, history: GroupedHistory, at: NDArray[np.int64]
) -> dict[str, NDArray[np.generic]]:
    """How many members the place's last orders are of, and how many are this member's own, as log(1 + n)."""
    members, own = np.zeros(len(at)), np.zeros(len(at))
    for begin in range(0, len(at), 50_000):
        chunk = slice(begin, begin + 50_000)
        window = history.window(at[chunk], length=PLACE_LENGTH)
        member = np.where(window >= 0, orders.member[window], UNKNOWN)
        own[chunk] = np.log1p((member == member[:, -1:]).sum(axis=1) - 1)
        members[chunk] = np.log1p(distinct(member))
    return {"place_members": members, "place_own_orders": own}


def distinct(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """(n,) how many different codes each row of (n, m) holds; UNKNOWN is none."""
    ordered = np.sort(codes, axis=1)
    changes = ordered[:, 1:] != ordered[:, :-1]
    first = ordered[:, :1] != UNKNOWN
    return np.asarray((changes & (ordered[:, 1:] != UNKNOWN)).sum(axis=1) + first[:, 0])
