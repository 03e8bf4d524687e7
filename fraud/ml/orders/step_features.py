"""The features of one order that do not depend on when it is looked at: computed once for each order."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.columns import (
    CHANNELS,
    DAY,
    HOUR,
    IDENTITIES,
    PAYMENT_METHODS,
    UNKNOWN,
    OrderColumns,
)
from fraud.ml.orders.grouped_history import GroupedHistory, usual_amounts
from fraud.ml.orders.time_features import time_features

HISTORY_ORDERS: Final = 256
USUAL_ORDERS: Final = 64
"""How many earlier orders the member's usual amounts, and what labels say of the member, look at."""
MOST_TYPICAL: Final = 2
"""An amount counts into what is typical of its member as this many medians at most."""
VELOCITY_WINDOWS: Final = (("1h", HOUR), ("1d", DAY), ("7d", 7 * DAY), ("30d", 30 * DAY))
LOG_STEP: Final = 4_096  # logarithms are summed as whole multiples of 1/4096


def step_feature_names() -> tuple[str, ...]:
    """The features of one order that do not depend on ``as_of``, in the order of the columns of ``steps``."""
    return (
        "log_amount", "amount_vs_mean", "amount_vs_spread", "amount_vs_previous",
        "amount_vs_median", "amount_vs_high", "amount_rank", "amount_vs_typical",
        "log_gap", "hour_sin", "hour_cos", "weekday_sin", "weekday_cos",
        "log_lines", "lines_vs_mean", "log_amount_per_line",
        "discount_share", "discount_vs_mean", "coupon", "coupon_share",
        *(f"channel_{name}" for name in CHANNELS), "channel_share",
        *(f"payment_{name}" for name in PAYMENT_METHODS), "payment_share",
        *(f"{kind}_{name}" for name in IDENTITIES for kind in ("new", "log_days_since_first", "log_uses")),
        "country_mismatch",
        *(f"count_{name}" for name, _ in VELOCITY_WINDOWS),
        *(f"sum_{name}" for name, _ in VELOCITY_WINDOWS),
        "log_account_days", "log_history",
    )  # fmt: skip


STEP_FEATURES: Final = step_feature_names()


def step_features(orders: OrderColumns, history: GroupedHistory, *, time_zone: str) -> NDArray[np.float32]:
    columns: dict[str, NDArray[np.generic]] = {
        **_amount_features(orders, history),
        **time_features(orders, history, time_zone=time_zone),
        **_basket_features(orders, history),
        **_choice_features("channel", orders.channel, CHANNELS, history),
        **_choice_features("payment", orders.payment_method, PAYMENT_METHODS, history),
        **_velocity_features(orders, history),
        "country_mismatch": orders.country_mismatch,
    }
    for name in IDENTITIES:
        columns |= _identity_features(name, getattr(orders, name), orders, history)
    steps = np.empty((len(orders), len(STEP_FEATURES)), np.float32)
    for number, name in enumerate(STEP_FEATURES):
        steps[:, number] = columns[name]
    return steps


def _amount_features(orders: OrderColumns, history: GroupedHistory) -> dict[str, NDArray[np.generic]]:
    log_amount = np.log1p(orders.amount_cents / 100)
    log_steps = np.rint(log_amount * LOG_STEP).astype(np.int64)
    mean = history.mean(log_steps) / LOG_STEP
    variance = history.mean(log_steps**2) / LOG_STEP**2 - mean**2
    spread = np.sqrt(np.maximum(variance, 0.05**2))  # identical amounts are not infinitely regular
    usual = np.log1p(history.mean(orders.amount_cents) / 100)
    everywhere = np.arange(len(orders))
    order_statistics = usual_amounts(history, orders.amount_cents, everywhere, limit=USUAL_ORDERS)
    median_cents = np.rint(np.expm1(log_amount - order_statistics["median"]) * 100)
    most = np.where(np.isnan(median_cents), orders.amount_cents, MOST_TYPICAL * median_cents)
    typical = history.mean(np.minimum(orders.amount_cents, most).astype(np.int64))
    return {
        "log_amount": log_amount,
        "amount_vs_mean": log_amount - usual,
        "amount_vs_spread": np.where(history.count >= 3, (log_amount - mean) / spread, np.nan),
        "amount_vs_previous": log_amount - np.log1p(history.previous(orders.amount_cents) / 100),
        "amount_vs_median": order_statistics["median"],
        "amount_vs_high": order_statistics["high"],
        "amount_rank": order_statistics["rank"],
        "amount_vs_typical": log_amount - np.log1p(typical / 100),
    }


def _basket_features(orders: OrderColumns, history: GroupedHistory) -> dict[str, NDArray[np.generic]]:
    lines = orders.basket_lines.astype(np.float64)
    whole_lines = np.nan_to_num(lines).astype(np.int64)
    before_discount = np.maximum(orders.amount_cents + orders.discount_cents, 1)
    discount_share = orders.discount_cents / before_discount
    share_steps = np.rint(discount_share * LOG_STEP).astype(np.int64)
    return {
        "log_lines": np.log1p(lines),
        "lines_vs_mean": np.log1p(lines) - np.log1p(history.mean(whole_lines)),
        "log_amount_per_line": np.log1p(orders.amount_cents / 100 / np.maximum(lines, 1)),
        "discount_share": discount_share,
        "discount_vs_mean": discount_share - history.mean(share_steps) / LOG_STEP,
        "coupon": orders.coupon,
        "coupon_share": history.mean(np.nan_to_num(orders.coupon).astype(np.int64)),
    }


def _choice_features(
    prefix: str, codes: NDArray[np.int8], names: tuple[str, ...], history: GroupedHistory
) -> dict[str, NDArray[np.generic]]:
    """Which of a few known choices it is, and what share of the member's past orders chose the same."""
    chosen = codes[:, None] == np.arange(len(names))
    before = np.zeros((len(codes) + 1, len(names)), np.int64)
    np.cumsum(chosen, axis=0, out=before[1:])
    row = np.arange(len(codes))
    same = before[row, codes] - before[history.start, codes]
    past = np.where((history.count > 0) & (codes >= 0), history.count, np.nan)
    columns = {f"{prefix}_{name}": chosen[:, at] for at, name in enumerate(names)}
    return {**columns, f"{prefix}_share": same / past}


def _identity_features(
    name: str, codes: NDArray[np.int64], orders: OrderColumns, history: GroupedHistory
) -> dict[str, NDArray[np.generic]]:
    """Is this device (instrument, ...) new to the member; when did it first come, and how often since?"""
    if (codes == UNKNOWN).all():
        nothing = np.full(len(codes), np.nan)
        return {f"{kind}_{name}": nothing for kind in ("new", "log_days_since_first", "log_uses")}
    by_pair = np.lexsort((codes, orders.member))  # stable: orders of one member and code stay in time order
    changes = np.ones(len(codes), bool)
    changes[1:] = (codes[by_pair][1:] != codes[by_pair][:-1]) | (
        orders.member[by_pair][1:] != orders.member[by_pair][:-1]
    )
    span = len(codes) + HISTORY_ORDERS + 1
    pair_start = np.cumsum(changes) * span
    oldest = np.searchsorted(pair_start + by_pair, pair_start + history.start[by_pair])
    uses = np.empty(len(codes), np.int64)
    uses[by_pair] = np.arange(len(codes)) - oldest
    first_at = np.empty(len(codes), np.int64)
    first_at[by_pair] = orders.placed_at[by_pair][oldest]
    given = codes != UNKNOWN
    return {
        f"new_{name}": np.where(given, uses == 0, np.nan),
        f"log_days_since_first_{name}": np.where(
            given, np.log1p((orders.placed_at - first_at) / DAY), np.nan
        ),
        f"log_uses_{name}": np.where(given, np.log1p(uses), np.nan),
    }


def _velocity_features(orders: OrderColumns, history: GroupedHistory) -> dict[str, NDArray[np.generic]]:
    """Earlier orders within each window, and the money spent in it with this order."""
    columns: dict[str, NDArray[np.generic]] = {}
    for name, width in VELOCITY_WINDOWS:
        columns[f"count_{name}"], columns[f"sum_{name}"] = history.velocity(
            orders.placed_at, orders.amount_cents, seconds=width
        )
    return columns
