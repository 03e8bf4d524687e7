"""The facts that rules use, computed for many orders at once, or for one and those around it.

The same code serves one order at checkout, given the orders that share something with it, and all orders of a
back-test. Nothing later is used: an order sees itself and earlier ones, and a fraud only once it was known.
Numbers are float64 with NaN for unknown, truths are 1, 0 or NaN, texts objects with "" for unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fraud.ml.counting.counters import DAY, DISTINCT, Counter, counter_of
from fraud.ml.counting.windows import NEVER, KnownOf, Windows
from fraud.ml.orders.returns import Refunds

Column = NDArray[Any]
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class OrderTable:
    """n orders by time (ties in the order of arrival), as columns.

    ``placed_at``, ``joined_at``, ``label_known_at``, ``approved_at`` and ``declined_at`` (NEVER where not
    known, or it did not happen) are whole seconds in UTC,
    ``amount`` and ``discount`` float64 in whole units of the shop's currency (NaN without a rate),
    ``is_fraud`` float64 with NaN, ``lines`` and ``member`` numbers; the rest are objects, "" for unknown.
    """

    columns: Mapping[str, Column]
    time_zone: str
    refunds: Refunds = field(default_factory=Refunds.none)

    def __len__(self) -> int:
        return len(self.columns["placed_at"])

    def fact(self, name: str) -> Column:
        """(n,) of one field. Raises KeyError for an unknown field."""
        counter = counter_of(name)
        if counter is not None:
            return self._counted(counter)
        return FACTS[name](self)

    @cached_property
    def _codes(self) -> dict[str, NDArray[np.int64]]:
        return {}

    def codes(self, name: str) -> NDArray[np.int64]:
        """(n,) equal numbers for equal values, -1 for unknown."""
        if name not in self._codes:
            values = self.columns[name]
            codes, distinct = pd.factorize(values)
            empty = np.array([value == "" for value in distinct], bool)
            self._codes[name] = np.where(np.append(empty, True)[codes], -1, codes).astype(np.int64)
        return self._codes[name]

    # --- counters ----------------------------------------------------------------------------------------
    def _counted(self, counter: Counter) -> Column:
        keys, at = self.codes(counter.scope), self.columns["placed_at"]
        order = np.lexsort((np.arange(len(self)), at, keys))
        windows = Windows.of(
            keys=keys[order], at=at[order], seconds=counter.seconds,
            stretches=self._known_of(order).stretches(counter.measure, counter.outcome),
            with_itself=counter.measure != "frauds" and counter.outcome in ("", "placed"),
        )  # fmt: skip
        counted: Column
        if counter.measure in DISTINCT:
            counted = windows.distinct(self.codes(DISTINCT[counter.measure])[order])
        elif counter.measure == "amount":
            thousandths = np.rint(np.nan_to_num(self.columns["amount"][order]) * 1_000).astype(np.int64)
            counted = windows.sums(thousandths) / 1_000
        else:
            counted = windows.sums(np.ones(len(self), np.int64))
        column = np.empty(len(self))
        column[order] = np.where(keys[order] < 0, np.nan, counted)
        return column

    def _known_of(self, order: NDArray[np.intp]) -> KnownOf:
        is_fraud, known_at = self.columns["is_fraud"][order], self.columns["label_known_at"][order]
        return KnownOf(
            approved_at=self.columns["approved_at"][order],
            declined_at=self.columns["declined_at"][order],
            fraud_known_at=np.where(is_fraud == 1, known_at, NEVER),
        )

    # --- what the member sent back -----------------------------------------------------------------------
    def _returned(self) -> tuple[Column, Column]:
        """(whole currency units that had come back to the member, in how many refunds)."""
        cents, count = self.refunds.before(member=self.columns["member"], placed_at=self.columns["placed_at"])
        return cents / 100, count.astype(float)

    def _returned_share(self) -> Column:
        """Of what the member's earlier orders came to, 0 to 1; NaN without any."""
        number, mean = self._earlier()
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.minimum(self._returned()[0] / (number * mean), 1)
        return np.asarray(np.where(number * np.nan_to_num(mean) > 0, np.round(share, 3), np.nan))

    # --- what the member did before ----------------------------------------------------------------------
    def _first_use(self, name: str) -> Column:
        """1 where the member has not used this device, instrument, ... before; NaN where there is none."""
        member, value = self.codes("member"), self.codes(name)
        seen: set[tuple[int, int]] = set()
        column = np.full(len(self), np.nan)
        for row, pair in enumerate(zip(member.tolist(), value.tolist(), strict=True)):
            if pair[1] >= 0:
                column[row] = pair not in seen
                seen.add(pair)
        return column

    def _earlier(self) -> tuple[Column, Column]:
        """How many orders the member placed before this one, and what they cost on average (NaN: none)."""
        counts: dict[int, int] = defaultdict(int)
        sums: dict[int, float] = defaultdict(float)
        number, mean = np.zeros(len(self)), np.full(len(self), np.nan)
        amounts = np.nan_to_num(self.columns["amount"]).tolist()  # unknown ones add nothing
        for row, member in enumerate(self.codes("member").tolist()):
            number[row] = counts[member]
            if counts[member]:
                mean[row] = sums[member] / counts[member]
            counts[member] += 1
            sums[member] += amounts[row]
        return number, mean


def _column(name: str) -> Callable[[OrderTable], Column]:
    return lambda table: table.columns[name]


def _local(table: OrderTable) -> pd.DatetimeIndex:
    moments = pd.to_datetime(table.columns["placed_at"], unit="s", utc=True)
    return pd.DatetimeIndex(moments).tz_convert(ZoneInfo(table.time_zone))


def _weekday(table: OrderTable) -> Column:
    return np.asarray(np.array(WEEKDAYS, object)[_local(table).day_of_week])


def _countries_differ(table: OrderTable) -> Column:
    billed, shipped = table.columns["billing_country"], table.columns["shipping_country"]
    differ: Column = np.where((billed != "") & (shipped != ""), billed != shipped, np.nan).astype(float)
    return differ


def _discount_share(table: OrderTable) -> Column:
    before = table.columns["amount"] + table.columns["discount"]
    share = np.divide(
        table.columns["discount"], before, out=np.where(np.isnan(before), np.nan, 0.0), where=before > 0
    )
    rounded: Column = np.round(share, 3)
    return rounded


def _account_days(table: OrderTable) -> Column:
    joined = table.columns["joined_at"]
    days = np.floor((table.columns["placed_at"] - joined) / DAY)
    return np.where(joined == NEVER, np.nan, np.maximum(days, 0))


def _vs_usual(table: OrderTable) -> Column:
    _number, mean = table._earlier()
    usual = np.where(mean > 0, mean, np.nan)
    return np.asarray(np.round(table.columns["amount"] / usual, 3))


FACTS: Final[dict[str, Callable[[OrderTable], Column]]] = {
    **{
        name: _column(name)
        for name in (
            "amount", "discount", "lines", "channel", "payment_method", "currency", "coupon", "store",
            "billing_country", "shipping_country", "device", "ip", "probability",
        )
    },
    "discount_share": _discount_share,
    "hour": lambda table: np.asarray(_local(table).hour, float),
    "weekday": _weekday,
    "countries_differ": _countries_differ,
    "new_device": lambda table: table._first_use("device"),
    "new_instrument": lambda table: table._first_use("instrument"),
    "new_address": lambda table: table._first_use("address"),
    "new_ip": lambda table: table._first_use("ip"),
    "new_shipping_country": lambda table: table._first_use("shipping_country"),
    "first_order": lambda table: (table._earlier()[0] == 0).astype(float),
    "earlier_orders": lambda table: table._earlier()[0],
    "account_days": _account_days,
    "amount_vs_usual": _vs_usual,
    "returned_before": lambda table: table._returned()[0],
    "returns_before": lambda table: table._returned()[1],
    "returned_share": lambda table: table._returned_share(),
}  # fmt: skip
ABOUT_THE_PAST: Final = {
    "new_device", "new_instrument", "new_address", "new_ip", "new_shipping_country", "first_order",
    "earlier_orders", "amount_vs_usual", "returned_share",
}  # fmt: skip
"""Facts that look at the member's earlier orders."""
ABOUT_RETURNS: Final = {"returned_before", "returns_before", "returned_share"}
"""Facts that look at what the member sent back before."""
