"""What a member had got back before an order: how much, how often, and which share of what was bought.

A refund counts once it is known: for orders placed in the next whole second after it, or later. Amounts are
whole cents, so that a sum does not depend on where it began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.columns import OrderColumns
from fraud.ml.orders.grouped_history import GroupedHistory

RETURN_FEATURES: Final = ("log_returned", "returned_share", "log_returns")


@dataclass(frozen=True)
class Refunds:
    """Refunds in any order: whose (int64), known from which second on, how many cents (below zero where one
    was taken back).
    """

    member: NDArray[np.int64]
    known_at: NDArray[np.int64]
    cents: NDArray[np.int64]

    @classmethod
    def none(cls) -> Self:
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, nothing)

    def before(
        self, *, member: NDArray[np.int64], placed_at: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(n,) cents that each member had got back when its order was placed, and in how many refunds."""
        order = np.lexsort((self.known_at, self.member))
        members, known_at = self.member[order], self.known_at[order]
        cents, counts = self.cents[order], np.sign(self.cents[order])
        sums, numbers = (np.concatenate([[0], np.cumsum(one)]).astype(np.int64) for one in (cents, counts))
        first = np.searchsorted(members, member, "left")
        last = _last_known(members, known_at, member=member, at=placed_at)
        returned = np.maximum(sums[last] - sums[first], 0)
        return returned, np.maximum(numbers[last] - numbers[first], 0)


def _last_known(
    members: NDArray[np.int64],
    known_at: NDArray[np.int64],
    *,
    member: NDArray[np.int64],
    at: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(n,) one behind the last row of each ``member`` that is known at ``at``."""
    if not len(members):
        return np.zeros(len(member), np.int64)
    all_members, all_times = np.concatenate([members, member]), np.concatenate([known_at, at])
    is_asked = np.repeat([0, 1], [len(members), len(member)])  # what is known at that second counts
    order = np.lexsort((is_asked, all_times, all_members))
    behind = np.empty(len(order), np.int64)
    behind[order] = np.cumsum(is_asked[order] == 0)
    return np.asarray(behind[len(members) :])


def return_features(orders: OrderColumns, history: GroupedHistory) -> NDArray[np.float32]:
    """(n, 3) RETURN_FEATURES of orders sorted by member and time; the share is NaN without a past."""
    spent = history.sum(orders.amount_cents).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(spent > 0, np.minimum(orders.returned_cents / spent, 1), np.nan)
    features = (np.log1p(orders.returned_cents / 100), share, np.log1p(orders.returns))
    return np.stack(features, axis=1).astype(np.float32)
