"""Which orders a model may learn from at a moment, and which are held out to judge it.

A shop hears of fraud by chargeback, weeks late, and of most genuine orders never. So an order without a label
counts as genuine once it is older than nearly every chargeback, and as unknown before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.columns import DAY, OrderColumns
from learning.estimator import ModelFitError
from learning.step_texts import StepText, gettext_noop

LEAST_FRAUDS: Final = 4
TOO_FEW_FRAUDS: Final = gettext_noop(
    "only %(n)d known frauds are older than %(days)d days; a model needs at least %(least)d"
)
NO_EARLIER_FRAUD: Final = gettext_noop(
    "no fraud was known before the newest weeks: import older orders and labels"
)
MATURITY_DAYS: Final = 45
HELD_OUT_DAYS: Final = 42
HELD_OUT_FRAUDS: Final = 0.2  # share of the known frauds that the held-out window holds at least


@dataclass(frozen=True)
class Labelled:
    """``rows`` (n,) of the orders and ``is_fraud`` (n,) float32 of 0/1, as known at some moment."""

    rows: NDArray[np.intp]
    is_fraud: NDArray[np.float32]


def labelled_at(orders: OrderColumns, *, as_of: int) -> Labelled:
    """Orders with a label known at ``as_of`` (seconds), and those old enough to count as genuine without."""
    known = (orders.label_known_at <= as_of) & ~np.isnan(orders.is_fraud)
    mature = orders.placed_at <= as_of - MATURITY_DAYS * DAY
    rows = np.flatnonzero(known | mature)
    return Labelled(rows, np.where(known[rows], orders.is_fraud[rows], 0).astype(np.float32))


@dataclass(frozen=True)
class HoldOut:
    """Train on ``train``, as labels were known when the window began; judge on ``test``, as known since."""

    begins: int  # seconds
    ends: int
    train: Labelled
    test: Labelled

    @property
    def days(self) -> float:
        return (self.ends - self.begins) / DAY


def window_begins(frauds: NDArray[np.int64], *, ends: int) -> int:
    """When the held-out window begins that ends at ``ends``; ``frauds`` are the sorted moments of the known
    ones until then, at least one."""
    enough = int(frauds[-int(np.ceil(HELD_OUT_FRAUDS * len(frauds)))])
    return min(ends - HELD_OUT_DAYS * DAY, enough)


def hold_out(orders: OrderColumns, *, as_of: int) -> HoldOut:
    """The newest mature weeks: HELD_OUT_DAYS of them, more where frauds are few. Raises ModelFitError."""
    known = labelled_at(orders, as_of=as_of)
    ends = as_of - MATURITY_DAYS * DAY
    mature = orders.placed_at[known.rows] <= ends
    test_rows, test_fraud = known.rows[mature], known.is_fraud[mature]
    frauds = np.sort(orders.placed_at[test_rows[test_fraud == 1]])
    if len(frauds) < LEAST_FRAUDS:
        raise ModelFitError(StepText(TOO_FEW_FRAUDS, n=len(frauds), days=MATURITY_DAYS, least=LEAST_FRAUDS))
    begins = window_begins(frauds, ends=ends)
    inside = orders.placed_at[test_rows] >= begins
    train = labelled_at(orders, as_of=begins)
    if not train.is_fraud.any():
        raise ModelFitError(NO_EARLIER_FRAUD)
    return HoldOut(begins, ends, train, Labelled(test_rows[inside], test_fraud[inside]))
