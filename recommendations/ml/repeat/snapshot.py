"""A shop at one moment: which products a member may want next, and the features of each such pair."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommendations.ml.repeat.features import NAMES, PRODUCT_NAMES, HabitTable, member_table, product_table
from recommendations.ml.repeat.kinds import KindTable
from recommendations.ml.repeat.log import PurchaseLog
from recommendations.ml.repeat.user_neighbours import SIGNALS, Neighbours, NeighboursConfig, tastes
from recommendations.ml.surfaces import BUY_AGAIN

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class CandidateConfig:
    """How many products a member gets from each source."""

    own: int = 250
    new_beside_own: int = 25
    """On *buy again*, from each signal."""
    new: int = 80
    """On *for you*, from each signal."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Candidates of b members, n pairs. ``lines`` (n,) say whose, 0..b-1, in growing order."""

    lines: Rows
    product_rows: Rows
    features: Floats
    """(n, len(NAMES))."""

    def without_trees(self, surface: str) -> Floats:
        """Fading habit first on *buy again*, then what goes together and what similar members buy; 0..3."""
        columns = ["together_relative", "similar_ever_relative"]
        around = sum(np.nan_to_num(self.features[:, NAMES.index(name)]).clip(0, 1) for name in columns) / 2
        if surface != BUY_AGAIN:
            return np.asarray(around, dtype=np.float32)
        share = np.nan_to_num(self.features[:, NAMES.index("own_share")])
        return np.asarray((share > 0) + share + 0.1 * around, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Products and neighbours as learned at one moment, and members as in their own log.

    What is known of members is computed when it is first needed: a process that serves single members needs
    theirs alone, never that of all members the model has learned from.
    """

    log: PurchaseLog
    neighbours: Neighbours
    products: Floats
    product_kinds: Rows
    """(n_products,)."""
    themselves: Rows
    """(n_members,) each member's row among the neighbours' members, -1 for none."""
    known_tastes: sparse.csr_matrix | None = None
    """Those of the log's members, where they have been worked out."""

    @classmethod
    def fit(cls, log: PurchaseLog, config: NeighboursConfig, kinds: Rows) -> Self:
        """Learn products, of which ``kinds`` (n_products,) tells, and neighbours; for the log's members."""
        products = product_table(log, kinds)
        neighbours = Neighbours.fit(log, config)
        return cls(log, neighbours, products, kinds, np.arange(log.n_members), neighbours.tastes)

    def with_members(self, log: PurchaseLog, themselves: Rows) -> Snapshot:
        """The same products and neighbours, for the members of another log."""
        return Snapshot(log, self.neighbours, self.products, self.product_kinds, themselves)

    @cached_property
    def tastes(self) -> sparse.csr_matrix:
        if self.known_tastes is not None:
            return self.known_tastes
        shop = self.neighbours
        return tastes(self.log, shop.universe, shop.config, rarity=shop.rarity)

    @cached_property
    def members(self) -> Floats:
        return member_table(self.log)

    @cached_property
    def habits(self) -> HabitTable:
        return HabitTable.of(self.log, self._column("usual_gap"))

    @cached_property
    def kinds(self) -> KindTable:
        return KindTable.of(
            self.log, self.product_kinds, self._column("kind_gap"), self._column("kind_share")
        )

    def _column(self, name: str) -> Floats:
        return self.products[:, PRODUCT_NAMES.index(name)]

    def signals(self, member_rows: Rows) -> list[Floats]:
        """Scores from others' purchases, each (b, n universe); the same on every surface."""
        signals = self.neighbours.signals(
            self.tastes[member_rows], self.log, member_rows, themselves=self.themselves[member_rows]
        )
        universe = self.neighbours.universe
        trend = np.exp(self.products[universe, PRODUCT_NAMES.index("trend_14_120")])
        lately = np.exp(self.products[universe, PRODUCT_NAMES.index("newly_trend")])
        return [*signals, signals[2] * trend, signals[0] * lately]

    def candidates(
        self,
        member_rows: Rows,
        *,
        surface: str,
        config: CandidateConfig,
        signals: list[Floats] | None = None,
    ) -> Pairs:
        """What each of a few hundred members may want next, with features."""
        universe = self.neighbours.universe
        signals = self.signals(member_rows) if signals is None else signals
        own = self._own(member_rows)
        known = sparse.csr_matrix(
            (np.ones(len(own[0]), np.bool_), own), shape=(len(member_rows), self.log.n_products)
        )
        beside = surface == BUY_AGAIN
        sources = self._sources(signals)
        new = _best_new(sources, known[:, universe], config.new_beside_own if beside else config.new)
        lines, products = new[0], universe[new[1]]
        if beside:
            kept = self._own(member_rows, most=config.own)
            lines, products = np.concatenate((kept[0], lines)), np.concatenate((kept[1], products))
        order = np.lexsort((products, lines))
        lines, products = lines[order], products[order]
        return Pairs(lines, products, self._features(member_rows, lines, products, signals))

    def terms(self, member_row: int, product_rows: Rows) -> tuple[Rows, Floats]:
        """A member's products (h,), and what each adds to the item-item sum of ``product_rows``, (h, t)."""
        habits, shop = self.habits.habits, self.neighbours
        at = np.arange(habits.indptr[member_row], habits.indptr[member_row + 1])
        own = habits.product_rows[at]
        parts = np.zeros((len(own), len(product_rows)), dtype=np.float32)
        places = np.full(self.log.n_products, -1)
        places[shop.universe[shop.ease_places]] = np.arange(len(shop.ease_places))
        mine, theirs = np.flatnonzero(places[own] >= 0), np.flatnonzero(places[product_rows] >= 0)
        recency = (1 + np.exp2(-habits.last_days[at] / np.float32(30.0)))[mine, None]
        grid = np.ix_(places[own[mine]], places[product_rows[theirs]])
        parts[np.ix_(mine, theirs)] = shop.together[grid] * recency
        return own, parts

    def _sources(self, signals: list[Floats]) -> list[Floats]:
        """Scores that candidates are the best of: what others buy, and what sells to new buyers now."""
        selling = self.products[self.neighbours.universe]
        popular = (selling[:, PRODUCT_NAMES.index(name)] for name in ("newly_7d", "sold_10d"))
        shape = signals[0].shape
        return [
            signals[0],
            signals[4],
            signals[5],
            signals[6],
            signals[7],
            *(np.broadcast_to(one, shape) for one in popular),
        ]

    def _own(self, member_rows: Rows, most: int | None = None) -> tuple[Rows, Rows]:
        """(line, product) of what the members have bought; the ``most`` strongest habits of each."""
        habits = self.habits.habits
        starts, ends = habits.indptr[member_rows], habits.indptr[member_rows + 1]
        lengths = ends - starts
        lines = np.repeat(np.arange(len(member_rows)), lengths)
        at = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + np.arange(len(lines))
        if most is not None:
            keep = self.habits.table[at, -2] <= most
            lines, at = lines[keep], at[keep]
        return lines, habits.product_rows[at]

    def _features(self, member_rows: Rows, lines: Rows, products: Rows, signals: list[Floats]) -> Floats:
        universe, n = self.neighbours.universe, len(SIGNALS)
        place = np.searchsorted(universe, products).clip(max=max(len(universe) - 1, 0))
        inside = universe[place] == products
        plain = np.stack([np.where(inside, signal[lines, place], 0) for signal in signals], axis=1)
        best = np.stack([signal.max(axis=1) for signal in signals[:n]], axis=1)[lines]
        relative = plain[:, :n] / np.maximum(best, np.float32(1e-9))
        members = member_rows[lines]
        return np.concatenate(
            (
                self.products[products],
                self.members[members],
                self.habits.of_pairs(members, products),
                self.kinds.of_pairs(members, products),
                plain[:, :n],
                relative,
                plain[:, n:],
            ),
            axis=1,
        ).astype(np.float32)


def _best_new(sources: list[Floats], known: sparse.csr_matrix, k: int) -> tuple[Rows, Rows]:
    """(line, place) of the ``k`` best of each source that are not ``known``, each pair once."""
    lines, columns = known.nonzero()
    parts = []
    for scores in sources:
        left = scores.copy()
        left[lines, columns] = -1
        take = min(k, left.shape[1])
        best = np.argpartition(-left, take - 1, axis=1)[:, :take]
        good = np.take_along_axis(left, best, axis=1) > 0
        parts.append(np.repeat(np.arange(len(left)), take)[good.ravel()] * left.shape[1] + best[good])
    keys = np.unique(np.concatenate(parts))
    n = sources[0].shape[1]
    return keys // n, keys % n
