"""What a model sees of an order: the last 16 orders of its member and of its store, with the known labels.

One vectorised implementation serves training (every order of a frame) and checkout (one member's and one
store's last orders), and gives the same bits in both:

- an order's features look back at most ``HISTORY_ORDERS`` orders of the same member and ``PLACE_ORDERS`` of
  the same store, so that checkout needs two short queries and long histories never slow it down;
- sums run over whole numbers, so that they do not depend on where a cumulative sum began;
- codes (store, device, instrument, ...) are only compared with each other, so their values do not matter.

Nothing later is used. Features look at the order itself and at earlier ones. A label is seen at ``as_of``
(the scored order's own moment by default) only if it was known by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.columns import (
    OrderColumns,
)
from fraud.ml.orders.grouped_history import GroupedHistory
from fraud.ml.orders.member_context import MEMBER_CONTEXT, about_fraud, member_context
from fraud.ml.orders.place_history import PLACE_CONTEXT, place_views
from fraud.ml.orders.returns import RETURN_FEATURES, return_features
from fraud.ml.orders.step_features import HISTORY_ORDERS, STEP_FEATURES, USUAL_ORDERS, step_features

LENGTH: Final = 16
ORDERS_NEEDED: Final = HISTORY_ORDERS + USUAL_ORDERS + LENGTH
LABEL_FEATURES: Final = ("label_fraud", "label_genuine", "earlier_frauds")
CONTEXT_FEATURES: Final = MEMBER_CONTEXT + PLACE_CONTEXT
FEATURES: Final = STEP_FEATURES + LABEL_FEATURES + CONTEXT_FEATURES
"""The columns of ``current()``: all about the order itself."""


@dataclass(frozen=True)
class TransactionSequences:
    """The orders to score, each as its member's last orders and its store's.

    ``steps`` (n_orders, n_step_features) float32 with NaN for missing: one row for each order of the frame.
    ``window`` (n, LENGTH) int64: rows of ``steps``, oldest first, the order itself last; -1 where the member
    had no such order yet. ``labels`` (n, LENGTH, 3) float32: LABEL_FEATURES of each step as known at as_of.
    ``place`` (n, PLACE_LENGTH, n_place_features) float32: PLACE_FEATURES of the store's last orders, the
    order itself last, zeros where there was none. ``context`` (n, n_context) float32 with NaN for missing:
    CONTEXT_FEATURES as known at as_of. ``returns`` (n, 3) float32: RETURN_FEATURES when the order was placed,
    zeros where they were not kept.
    """

    steps: NDArray[np.float32]
    window: NDArray[np.int64]
    labels: NDArray[np.float32]
    place: NDArray[np.float32]
    context: NDArray[np.float32]
    returns: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros((0, len(RETURN_FEATURES)), np.float32)
    )

    def __post_init__(self) -> None:
        if len(self.returns) != len(self.window):  # logs of decisions from before they were kept
            nothing = np.zeros((len(self.window), len(RETURN_FEATURES)), np.float32)
            object.__setattr__(self, "returns", nothing)

    def __len__(self) -> int:
        return len(self.window)

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(n, LENGTH): where there is an order."""
        return self.window >= 0

    def select(self, rows: NDArray[np.integer] | slice) -> TransactionSequences:
        """The orders at ``rows``; features are shared, not copied. Nothing is, where the rows are a run."""
        if not isinstance(rows, slice) and len(rows) and (np.diff(rows) == 1).all() and rows[0] >= 0:
            rows = slice(int(rows[0]), int(rows[-1]) + 1)
        return replace(
            self,
            window=self.window[rows],
            labels=self.labels[rows],
            place=self.place[rows],
            context=self.context[rows],
            returns=self.returns[rows],
        )

    def compacted(self) -> TransactionSequences:
        """The same orders, with only those steps that their windows show."""
        used = np.unique(self.window[self.mask])
        window = np.where(self.mask, np.searchsorted(used, self.window), -1)
        return replace(self, steps=self.steps[used], window=window)

    def followed_by(self, other: TransactionSequences) -> TransactionSequences:
        """These orders and then the ``other`` ones."""
        moved = np.where(other.mask, other.window + len(self.steps), -1)
        return TransactionSequences(
            steps=np.concatenate([self.steps, other.steps]),
            window=np.concatenate([self.window, moved]),
            labels=np.concatenate([self.labels, other.labels]),
            place=np.concatenate([self.place, other.place]),
            context=np.concatenate([self.context, other.context]),
            returns=np.concatenate([self.returns, other.returns]),
        )

    def current(self) -> NDArray[np.float32]:
        """(n, n_features): FEATURES of the orders themselves, without the earlier ones."""
        return np.concatenate([self.steps[self.window[:, -1]], self.labels[:, -1], self.context], axis=1)

    def values(self) -> NDArray[np.float32]:
        """(n, LENGTH, n_step_features + n_label_features) of the member; zeros where the mask is off.

        Large: take it in batches.
        """
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
    """The sequences of the orders at ``rows`` (all by default), each as known at its ``as_of``.

    ``as_of``, in seconds, is one moment for all or one for each of ``rows``; by default their own moments.
    """
    rows = np.arange(len(orders)) if rows is None else np.asarray(rows)
    moments = (
        orders.placed_at[rows] if as_of is None else np.broadcast_to(np.asarray(as_of, np.int64), rows.shape)
    )
    by_member = np.lexsort((orders.placed_at, orders.member))  # stable: ties keep the caller's order
    position = np.empty(len(orders), np.int64)
    position[by_member] = np.arange(len(orders))
    sorted_orders, at = orders.take(by_member), position[rows]
    history = GroupedHistory.of(sorted_orders.member, limit=HISTORY_ORDERS)
    steps = step_features(sorted_orders, history, time_zone=time_zone)
    window = history.window(at, length=LENGTH)
    places = place_views(
        orders,
        rows=rows,
        as_of=moments,
        about_fraud=lambda frauds, known_by: about_fraud(
            sorted_orders, steps, position[frauds], as_of=known_by
        ),
    )
    of_member = member_context(sorted_orders, history, steps, window, as_of=moments)
    return TransactionSequences(
        steps=steps,
        window=window,
        labels=_label_features(sorted_orders, window, as_of=moments),
        place=places.steps,
        context=np.concatenate([of_member, places.context], axis=1),
        returns=return_features(sorted_orders, history)[at],
    )


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
