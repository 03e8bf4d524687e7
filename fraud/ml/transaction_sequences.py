"""What a model sees of an order: the member's last 16 orders up to and including it, as numbers.

One vectorised implementation serves training (every order of a frame) and checkout (one member's last
orders), and gives the same bits in both:

- an order's features look back at most ``HISTORY_ORDERS`` orders of the same member, so that checkout needs
  one short query (``ORDERS_NEEDED`` rows) and long histories never slow it down;
- sums run over whole numbers, so that they do not depend on where a cumulative sum began;
- codes (device, instrument, ...) are only ever compared with each other, so their values do not matter.

Time is honest. Features look at the order itself and at earlier ones of the same member. A label is seen at
``as_of`` (the scored order's own moment, unless told) only if it was known by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LENGTH: Final = 16
HISTORY_ORDERS: Final = 256
ORDERS_NEEDED: Final = HISTORY_ORDERS + LENGTH
NEVER: Final = np.iinfo(np.int64).max
"""``label_known_at`` of an order whose label never arrived."""
UNKNOWN: Final = -1
"""The code of a device, instrument, ... that the order does not have."""

CHANNELS: Final = ("store", "web", "app", "phone")
PAYMENT_METHODS: Final = ("card", "wallet", "paypal", "cash", "invoice", "transfer")
HOUR, DAY = 3_600, 86_400
VELOCITY_WINDOWS: Final = (("1h", HOUR), ("1d", DAY), ("7d", 7 * DAY), ("30d", 30 * DAY))
LOG_STEP: Final = 4_096  # logarithms are summed as whole multiples of 1/4096

IDENTITIES: Final = ("device", "instrument", "ip_prefix", "shipping_country")
LABEL_FEATURES: Final = ("label_fraud", "label_genuine", "earlier_frauds")


@dataclass(frozen=True)
class OrderColumns:
    """Orders as columns of equal length, in any order; orders of one second keep the order they come in.

    ``member``, ``device``, ``instrument``, ``ip_prefix`` and ``shipping_country`` are codes (int64, -1 where
    missing); ``channel`` and ``payment_method`` index CHANNELS and PAYMENT_METHODS (int8, -1 other); times
    are whole seconds since 1970 in UTC; amounts are whole cents; ``basket_lines``, ``coupon`` (0/1) and
    ``country_mismatch`` (0/1) are float32 with NaN for missing; ``is_fraud`` is 0, 1 or NaN.
    """

    member: NDArray[np.int64]
    placed_at: NDArray[np.int64]
    amount_cents: NDArray[np.int64]
    basket_lines: NDArray[np.float32]
    discount_cents: NDArray[np.int64]
    coupon: NDArray[np.float32]
    channel: NDArray[np.int8]
    payment_method: NDArray[np.int8]
    device: NDArray[np.int64]
    instrument: NDArray[np.int64]
    ip_prefix: NDArray[np.int64]
    shipping_country: NDArray[np.int64]
    country_mismatch: NDArray[np.float32]
    joined_at: NDArray[np.int64]  # NEVER where it is not known
    is_fraud: NDArray[np.float32]
    label_known_at: NDArray[np.int64]

    @classmethod
    def build(
        cls,
        *,
        member: NDArray[np.int64],
        placed_at: NDArray[np.int64],
        amount_cents: NDArray[np.int64],
        **others: NDArray[np.generic],
    ) -> Self:
        """Columns that are not given are missing for every order."""
        n = len(member)
        missing: dict[str, NDArray[np.generic]] = {
            **{
                name: np.full(n, np.nan, np.float32)
                for name in ("basket_lines", "coupon", "country_mismatch")
            },
            **{name: np.full(n, UNKNOWN, np.int64) for name in IDENTITIES},
            **{name: np.full(n, UNKNOWN, np.int8) for name in ("channel", "payment_method")},
            "discount_cents": np.zeros(n, np.int64),
            "joined_at": np.full(n, NEVER, np.int64),
            "is_fraud": np.full(n, np.nan, np.float32),
            "label_known_at": np.full(n, NEVER, np.int64),
        }
        unknown = others.keys() - missing.keys()
        if unknown:
            raise TypeError(f"orders have no column {sorted(unknown)[0]!r}")
        return cls(member, placed_at, amount_cents, **{**missing, **others})  # type: ignore[arg-type]  # by name

    def __len__(self) -> int:
        return len(self.member)

    def take(self, rows: NDArray[np.integer]) -> Self:
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def step_feature_names() -> tuple[str, ...]:
    """The features of one order that do not depend on ``as_of``, in the order of the columns of ``steps``."""
    return (
        "log_amount", "amount_vs_mean", "amount_vs_spread", "amount_vs_previous",
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
FEATURES: Final = STEP_FEATURES + LABEL_FEATURES


@dataclass(frozen=True)
class TransactionSequences:
    """The orders to score, each as its member's last orders.

    ``steps`` (n_orders, n_step_features) float32 with NaN for missing: one row for each order of the frame.
    ``window`` (n, LENGTH) int64: rows of ``steps``, oldest first, the order itself last; -1 where the member
    had no such order yet. ``labels`` (n, LENGTH, 3) float32: LABEL_FEATURES of each step as known at as_of.
    """

    steps: NDArray[np.float32]
    window: NDArray[np.int64]
    labels: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.window)

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(n, LENGTH): where there is an order."""
        return self.window >= 0

    def select(self, rows: NDArray[np.integer] | slice) -> TransactionSequences:
        """The orders at ``rows``; features are shared, not copied."""
        return replace(self, window=self.window[rows], labels=self.labels[rows])

    def compacted(self) -> TransactionSequences:
        """The same orders, with only those steps that their windows show."""
        used = np.unique(self.window[self.mask])
        window = np.where(self.mask, np.searchsorted(used, self.window), -1)
        return replace(self, steps=self.steps[used], window=window)

    def current(self) -> NDArray[np.float32]:
        """(n, n_features): the orders themselves, without the earlier ones."""
        return np.concatenate([self.steps[self.window[:, -1]], self.labels[:, -1]], axis=1)

    def values(self) -> NDArray[np.float32]:
        """(n, LENGTH, n_features); zeros where the mask is off. Large: take it in batches."""
        known = np.where(self.mask[:, :, None], self.steps[self.window], np.float32(0))
        return np.concatenate([known, self.labels], axis=2)

    def batches(self, size: int) -> Iterator[TransactionSequences]:
        for start in range(0, len(self), size):
            yield self.select(slice(start, start + size))


def build_sequences(
    orders: OrderColumns,
    *,
    time_zone: str,
    rows: NDArray[np.integer] | None = None,
    as_of: NDArray[np.int64] | int | None = None,
) -> TransactionSequences:
    """The sequences of the orders at ``rows`` (all, unless told), each as known at its ``as_of``.

    ``as_of``, in seconds, is one moment for all or one for each of ``rows``; their own moments unless told.
    """
    rows = np.arange(len(orders)) if rows is None else np.asarray(rows)
    by_member = np.lexsort((orders.placed_at, orders.member))  # stable: ties keep the caller's order
    position = np.empty(len(orders), np.int64)
    position[by_member] = np.arange(len(orders))
    sorted_orders = orders.take(by_member)
    history = _History.of(sorted_orders)
    steps = _step_features(sorted_orders, history, time_zone=time_zone)
    window = position[rows][:, None] + np.arange(1 - LENGTH, 1)
    window = np.where(window >= history.first[position[rows]][:, None], window, -1)
    moments = (
        orders.placed_at[rows] if as_of is None else np.broadcast_to(np.asarray(as_of, np.int64), rows.shape)
    )
    return TransactionSequences(steps, window, _label_features(sorted_orders, window, as_of=moments))


@dataclass(frozen=True)
class _History:
    """Where each order's past lies in columns sorted by member and time."""

    first: NDArray[np.int64]  # row of the member's first order
    start: NDArray[np.int64]  # row of the oldest order that features may look at
    count: NDArray[np.int64]  # how many orders that are: 0..HISTORY_ORDERS

    @classmethod
    def of(cls, orders: OrderColumns) -> _History:
        row = np.arange(len(orders))
        is_first = np.ones(len(orders), bool)
        is_first[1:] = orders.member[1:] != orders.member[:-1]
        first = np.maximum.accumulate(np.where(is_first, row, 0))
        start = np.maximum(first, row - HISTORY_ORDERS)
        return cls(first, start, row - start)

    def sum(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of each order's past, without the order itself."""
        return self.sum_from(self.start, values)

    def sum_from(self, start: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
        running = np.concatenate([[0], np.cumsum(values)])
        return np.asarray(running[np.arange(len(values))] - running[start])

    def mean(self, values: NDArray[np.int64]) -> NDArray[np.float64]:
        """NaN where there is no past."""
        with np.errstate(invalid="ignore"):
            past = np.where(self.count > 0, self.count, np.nan)
            return np.asarray(self.sum(values) / past)

    def previous(self, values: NDArray[np.int64]) -> NDArray[np.float64]:
        """The value of the order before; NaN where there is none."""
        return np.where(self.count > 0, np.roll(values, 1), np.nan)


def _step_features(orders: OrderColumns, history: _History, *, time_zone: str) -> NDArray[np.float32]:
    columns: dict[str, NDArray[np.generic]] = {
        **_amount_features(orders, history),
        **_time_features(orders, history, time_zone=time_zone),
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


def _amount_features(orders: OrderColumns, history: _History) -> dict[str, NDArray[np.generic]]:
    log_amount = np.log1p(orders.amount_cents / 100)
    log_steps = np.rint(log_amount * LOG_STEP).astype(np.int64)
    mean = history.mean(log_steps) / LOG_STEP
    variance = history.mean(log_steps**2) / LOG_STEP**2 - mean**2
    spread = np.sqrt(np.maximum(variance, 0.05**2))  # identical amounts are not infinitely regular
    usual = np.log1p(history.mean(orders.amount_cents) / 100)
    return {
        "log_amount": log_amount,
        "amount_vs_mean": log_amount - usual,
        "amount_vs_spread": np.where(history.count >= 3, (log_amount - mean) / spread, np.nan),
        "amount_vs_previous": log_amount - np.log1p(history.previous(orders.amount_cents) / 100),
    }


def _time_features(
    orders: OrderColumns, history: _History, *, time_zone: str
) -> dict[str, NDArray[np.generic]]:
    moments = (
        pd.DatetimeIndex(orders.placed_at.astype("datetime64[s]")).tz_localize("UTC").tz_convert(time_zone)
    )
    hour = 2 * np.pi * (np.asarray(moments.hour) + np.asarray(moments.minute) / 60) / 24
    weekday = 2 * np.pi * np.asarray(moments.day_of_week) / 7
    known = orders.joined_at != NEVER
    account_days = np.where(known, orders.placed_at - np.where(known, orders.joined_at, 0), 0) / DAY
    return {
        "log_gap": np.log1p((orders.placed_at - history.previous(orders.placed_at)) / HOUR),
        "hour_sin": np.sin(hour),
        "hour_cos": np.cos(hour),
        "weekday_sin": np.sin(weekday),
        "weekday_cos": np.cos(weekday),
        "log_account_days": np.where(known, np.log1p(np.maximum(account_days, 0)), np.nan),
        "log_history": np.log1p(history.count),
    }


def _basket_features(orders: OrderColumns, history: _History) -> dict[str, NDArray[np.generic]]:
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
    prefix: str, codes: NDArray[np.int8], names: tuple[str, ...], history: _History
) -> dict[str, NDArray[np.generic]]:
    """Which of a few known choices it is, and what share of the member's past orders chose the same."""
    columns: dict[str, NDArray[np.generic]] = {}
    same = np.zeros(len(codes), np.int64)
    for code, name in enumerate(names):
        chosen = codes == code
        columns[f"{prefix}_{name}"] = chosen
        same = np.where(chosen, history.sum(chosen.astype(np.int64)), same)
    past = np.where((history.count > 0) & (codes >= 0), history.count, np.nan)
    return {**columns, f"{prefix}_share": same / past}


def _identity_features(
    name: str, codes: NDArray[np.int64], orders: OrderColumns, history: _History
) -> dict[str, NDArray[np.generic]]:
    """Is this device (instrument, ...) new to the member; when did it first come, and how often since?"""
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


def _velocity_features(orders: OrderColumns, history: _History) -> dict[str, NDArray[np.generic]]:
    """Earlier orders within each window, and the money spent in it with this order."""
    if not len(orders):
        return {f"{kind}_{name}": np.zeros(0) for name, _ in VELOCITY_WINDOWS for kind in ("count", "sum")}
    seconds = orders.placed_at - orders.placed_at.min()
    span = int(seconds.max()) + VELOCITY_WINDOWS[-1][1] + 1
    key = history.first * span + seconds  # rises with the rows, and members never overlap
    columns: dict[str, NDArray[np.generic]] = {}
    for name, width in VELOCITY_WINDOWS:
        start = np.maximum(np.searchsorted(key, key - width), history.start)
        spent = history.sum_from(start, orders.amount_cents) + orders.amount_cents
        columns[f"count_{name}"] = np.log1p(np.arange(len(key)) - start)
        columns[f"sum_{name}"] = np.log1p(spent / 100)
    return columns


def _label_features(
    orders: OrderColumns, window: NDArray[np.int64], *, as_of: NDArray[np.int64]
) -> NDArray[np.float32]:
    """LABEL_FEATURES of each step: (n, LENGTH, 3). The order itself never shows its own label."""
    earlier = window >= 0
    earlier[:, -1] = False
    known = earlier & (orders.label_known_at[window] <= as_of[:, None])
    label = orders.is_fraud[window]
    fraud, genuine = known & (label == 1), known & (label == 0)
    frauds_before = np.cumsum(fraud, axis=1) - fraud
    return np.stack([fraud, genuine, np.log1p(frauds_before)], axis=2, dtype=np.float32)
