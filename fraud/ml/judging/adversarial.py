"""Attacks on a model: what a thief who has taken over an account can change, and how much money is then lost.

A thief chooses the amount, the hour, the store, and into how many orders a sum is split; not the member's
history, and not the labels. Each attack rewrites the frauds among the test orders and computes every feature
anew. Amounts are attacked one order at a time, after whatever the thief did before (``amount x``), and in all
of a thief's orders (``all amounts x``), so that the history does not show them. The measure is
money: a tenth of the amount that always passes earns less than half of it that mostly does. Attacker models
as in Cartella et al. 2021, "Adversarial attacks for tabular data: application to fraud detection".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fraud.ml.orders.columns import DAY, UNKNOWN, OrderColumns
from fraud.ml.orders.grouped_history import GroupedHistory
from fraud.ml.orders.member_context import AROUND
from fraud.ml.orders.place_history import PLACE_ORDERS_NEEDED, place_codes
from fraud.ml.orders.sequences import ORDERS_NEEDED, TransactionSequences, build_sequences
from fraud.ml.orders.step_features import STEP_FEATURES, USUAL_ORDERS

Score = Callable[[TransactionSequences], NDArray[np.float32]]
AMOUNT_FACTORS: Final = (1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2)
"""An amount below a fifth of what was to be stolen is not worth the theft."""
SPLITS: Final = (2, 3, 5)
SPLIT_SECONDS: Final = 20 * 60
"""Between the parts of one sum: faster looks like a machine, slower risks the account."""


@dataclass(frozen=True)
class Attacked:
    """``orders`` with the frauds rewritten; ``rows`` of the frauds in them (more than before, if split)."""

    orders: OrderColumns
    rows: NDArray[np.intp]


@dataclass(frozen=True)
class Loot:
    """Money in currency units: what the attack tried to take, and what the model let pass."""

    attack: str
    tried: float
    let_through: float
    orders: int
    orders_let_through: int


def takeovers(
    orders: OrderColumns, sequences: TransactionSequences, rows: NDArray[np.integer]
) -> NDArray[np.intp]:
    """Those of ``rows``, the rows of ``sequences``, that are fraud and above most the member ever paid."""
    above = sequences.steps[sequences.window[:, -1], STEP_FEATURES.index("amount_vs_high")] > 0
    return np.asarray(np.asarray(rows)[above & (orders.is_fraud[rows] == 1)])


def threshold_at(
    score: NDArray[np.float32], is_fraud: NDArray[np.float32], *, false_positives: float
) -> float:
    """The score that this share of genuine orders exceeds."""
    genuine = np.sort(score[is_fraud == 0])[::-1]
    return float(genuine[min(int(len(genuine) * false_positives), len(genuine) - 1)])


def loot_of_attacks(
    score: Score,
    orders: OrderColumns,
    frauds: NDArray[np.integer],
    *,
    threshold: float,
    time_zone: str,
    attacks: dict[str, list[Attacked]] | None = None,
) -> Iterator[Loot]:
    """What each attack on the orders at ``frauds`` takes where scores above ``threshold`` are stopped."""
    for name, waves in (attacks or all_attacks(orders, frauds)).items():
        passed, amounts = [], []
        for wave in waves:
            sequences = build_sequences(wave.orders, time_zone=time_zone, rows=wave.rows)
            passed.append(score(sequences) <= threshold)
            amounts.append(wave.orders.amount_cents[wave.rows] / 100)
        through, amount = np.concatenate(passed), np.concatenate(amounts)
        yield Loot(name, float(amount.sum()), float(amount[through].sum()), len(through), int(through.sum()))


def all_attacks(orders: OrderColumns, frauds: NDArray[np.integer]) -> dict[str, list[Attacked]]:
    """By name, each in waves of orders that are rewritten together; with the orders that features look at."""
    near, rows = neighbourhood(orders, frauds)
    halved = smaller(near, rows, factor=0.5).orders
    one_by_one = {f"amount x {f:g}": one_at_a_time(orders, frauds, factor=f) for f in AMOUNT_FACTORS}
    return {
        **one_by_one,
        **{f"all amounts x {f:g}": [smaller(near, rows, factor=f)] for f in AMOUNT_FACTORS},
        "usual hour": [at_a_usual_hour(near, rows)],
        "usual store": [at_a_usual_store(near, rows)],
        **{f"split in {parts}": [split(near, rows, parts=parts)] for parts in SPLITS},
        "half, usual hour and store": [at_a_usual_hour(at_a_usual_store(halved, rows).orders, rows)],
    }


def one_at_a_time(orders: OrderColumns, frauds: NDArray[np.integer], *, factor: float) -> list[Attacked]:
    """Each order's amount × ``factor``, while what its member's thief took before stays as it was."""
    by_time = np.asarray(frauds)[np.argsort(orders.placed_at[frauds], kind="stable")]
    wave = pd.Series(orders.member[by_time]).groupby(orders.member[by_time]).cumcount().to_numpy()
    return [
        smaller(*_just_before(orders, np.sort(by_time[wave == number])), factor=factor)
        for number in range(int(wave.max(initial=-1)) + 1)
    ]


def _just_before(orders: OrderColumns, rows: NDArray[np.integer]) -> tuple[OrderColumns, NDArray[np.intp]]:
    """(the orders up to each of ``rows``, of its member and its place, that its features look at; rows)."""
    kept = [
        np.asarray(rows),
        _last_of(orders, orders.member, rows, n=ORDERS_NEEDED),
        _last_of(orders, place_codes(orders), rows, n=PLACE_ORDERS_NEEDED),
    ]
    together = np.unique(np.concatenate([*kept, _before_frauds(orders, np.concatenate(kept))]))
    return orders.take(together), np.searchsorted(together, rows)


def _last_of(
    orders: OrderColumns, group: NDArray[np.int64], rows: NDArray[np.integer], *, n: int, after: int = 0
) -> NDArray[np.intp]:
    """The last ``n`` orders up to each of ``rows`` in its group, and ``after`` later ones (at times also some
    of the groups beside it)."""
    mine = np.flatnonzero(np.isin(group, group[rows]))
    by_group = mine[np.lexsort((orders.placed_at[mine], group[mine]))]
    at = np.flatnonzero(np.isin(by_group, rows))
    near = (at[:, None] - np.arange(-after, n)).ravel()
    return np.asarray(by_group[np.unique(near[(near >= 0) & (near < len(by_group))])])


def _before_frauds(orders: OrderColumns, rows: NDArray[np.integer]) -> NDArray[np.intp]:
    """What the members of the frauds among ``rows`` ordered around them: what were these for them?"""
    frauds = rows[orders.is_fraud[rows] == 1]
    return _last_of(orders, orders.member, frauds, n=USUAL_ORDERS + AROUND + 1, after=AROUND)


def neighbourhood(orders: OrderColumns, rows: NDArray[np.integer]) -> tuple[OrderColumns, NDArray[np.intp]]:
    """(orders of the members and places of ``rows``, and of where these members were last; rows in them)."""
    places, before = place_codes(orders), _last_genuine(orders, rows)
    visited = np.concatenate([places[rows], places[before[before >= 0]]])
    kept = np.flatnonzero(np.isin(orders.member, orders.member[rows]) | np.isin(places, visited))
    kept = np.union1d(kept, _before_frauds(orders, kept))
    return orders.take(kept), np.searchsorted(kept, np.sort(rows))


def smaller(orders: OrderColumns, rows: NDArray[np.integer], *, factor: float) -> Attacked:
    """Every fraud takes ``factor`` of the amount, a cent at least."""
    amount = orders.amount_cents.copy()
    amount[rows] = np.maximum(np.rint(amount[rows] * factor).astype(np.int64), 1)
    return Attacked(replace(orders, amount_cents=amount), np.asarray(rows))


def at_a_usual_hour(orders: OrderColumns, rows: NDArray[np.integer]) -> Attacked:
    """Every fraud keeps its day and takes the time of day of the member's last order before the frauds."""
    model = _last_genuine(orders, rows)
    moment = orders.placed_at.copy()
    day = moment[rows] // DAY * DAY
    moment[rows] = np.where(model >= 0, day + moment[model] % DAY, moment[rows])
    return Attacked(replace(orders, placed_at=moment), np.asarray(rows))


def at_a_usual_store(orders: OrderColumns, rows: NDArray[np.integer]) -> Attacked:
    """Every fraud goes to the store, device and means of payment of the member's last order before."""
    model = _last_genuine(orders, rows)
    has_model = model >= 0
    columns = {}
    for name in ("store", "device", "instrument"):
        values = getattr(orders, name).copy()
        values[rows] = np.where(has_model, values[model], values[rows])
        columns[name] = values
    return Attacked(replace(orders, **columns), np.asarray(rows))


def split(orders: OrderColumns, rows: NDArray[np.integer], *, parts: int) -> Attacked:
    """Every fraud becomes ``parts`` orders of equal amounts, SPLIT_SECONDS apart."""
    extra = np.repeat(rows, parts - 1)
    together = orders.take(np.concatenate([np.arange(len(orders)), extra]))
    attacked = np.concatenate([np.asarray(rows), len(orders) + np.arange(len(extra))])
    amount, moment = together.amount_cents.copy(), together.placed_at.copy()
    amount[attacked] = np.maximum(amount[attacked] // parts, 1)
    moment[len(orders) :] += np.tile(np.arange(1, parts), len(rows)) * SPLIT_SECONDS
    return Attacked(replace(together, amount_cents=amount, placed_at=moment), attacked)


def _last_genuine(orders: OrderColumns, rows: NDArray[np.integer]) -> NDArray[np.intp]:
    """(n,) the member's newest order before each of ``rows`` that is none of them; UNKNOWN where none is."""
    by_member = np.lexsort((orders.placed_at, orders.member))
    attacked = np.zeros(len(orders), bool)
    attacked[rows] = True
    history = GroupedHistory.of(orders.member[by_member], limit=len(orders))
    position = np.arange(len(orders))
    newest = np.maximum.accumulate(np.where(attacked[by_member], -1, position))
    place = np.empty(len(orders), np.int64)
    place[by_member] = position
    at = place[rows]
    candidate = newest[at]
    return np.where(candidate >= history.first[at], by_member[np.maximum(candidate, 0)], UNKNOWN)
