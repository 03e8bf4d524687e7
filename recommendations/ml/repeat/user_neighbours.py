"""What similar members buy, and which products go together: scores over the products that still sell.

UP-CF: Faggioli, Polato & Aiolli, "Recency aware collaborative filtering for next basket recommendation"
(UMAP 2020): cosine of members, sharpened by an exponent. EASE: Steck, "Embarrassingly shallow autoencoders
for sparse data" (WWW 2019): a closed-form item-item matrix without self-similarity.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommendations.ml.ordering.ease import ease_weights
from recommendations.ml.repeat.log import PurchaseLog
from recommendations.ml.repeat.next_order import next_order_weights

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class NeighboursConfig:
    """``products``: how many of the best-selling ones (faded by ``active_half_life_days``) take part."""

    products: int = 6_000
    active_half_life_days: float = 45.0
    neighbours: int = 300
    sharpness: float = 3.0
    """Exponent on the cosine of two members."""
    recent_half_life_days: float = 14.0
    taste_half_life_days: float = 180.0
    """How fast a purchase stops telling who is similar to whom."""
    order_decay: float = 0.8
    """What a product bought one order earlier still says about the next."""
    target_damping: float = 0.65
    ease_products: int = 2_500
    ease_regularization: float = 200.0
    next_order_decay: float = 0.85
    next_order_regularization: float = 200.0
    next_orders: int = 10_000


SIGNALS = ("similar_lately", "similar_ever", "together", "together_lately", "follows", "next_order")
"""The scores of ``Neighbours.signals``, in this order."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Learned from one log. ``universe`` (n,) are the product rows that take part, in growing order."""

    config: NeighboursConfig
    universe: Rows
    together: Floats
    """(e, e) EASE weights over the first ``e`` best sellers, ``ease_places`` in the universe."""
    ease_places: Rows
    next_order: Floats
    """(e, e) weights of the next order's ridge regression, over the same places."""
    follows: sparse.csr_matrix
    """(n, n): how much likelier the column is in the order after one with the row."""
    tastes: sparse.csr_matrix
    """(n_members, n), rows of length 1."""
    ever: sparse.csr_matrix
    lately: sparse.csr_matrix

    @classmethod
    def fit(cls, log: PurchaseLog, config: NeighboursConfig) -> Self:
        weight = np.exp2(-log.age_days / np.float32(config.active_half_life_days))
        sold = np.bincount(log.product_rows, weights=weight, minlength=log.n_products)
        best = np.argsort(-sold, kind="stable")[: min(config.products, int((sold > 0).sum()))]
        universe = np.sort(best)
        bought = log.matrix()[:, universe].tocsr()
        rarity = rarity_of(bought)
        ease_places = np.sort(np.searchsorted(universe, best[: config.ease_products]))
        return cls(
            config,
            universe,
            ease_weights(bought[:, ease_places], config.ease_regularization),
            ease_places,
            next_order_weights(
                log,
                universe[ease_places],
                order_decay=config.next_order_decay,
                regularization=config.next_order_regularization,
                most_orders=config.next_orders,
            ),
            _follows(log, universe, target_damping=config.target_damping),
            tastes(log, universe, config, rarity=rarity),
            _saturated(bought),
            _saturated(log.faded(config.recent_half_life_days)[:, universe].tocsr()),
        )

    @cached_property
    def rarity(self) -> Floats:
        """(n,) as it was learned: what a taste weighs must not depend on whom else is asked about."""
        return rarity_of(self.ever)

    @cached_property
    def _tastes_by_product(self) -> sparse.csr_matrix:
        """``tastes``, product by product: transposed once instead of for every live list."""
        return self.tastes.T.tocsr()

    def signals(
        self, taste: sparse.csr_matrix, log: PurchaseLog, member_rows: Rows, *, themselves: Rows | None = None
    ) -> list[Floats]:
        """The SIGNALS of members, each (b, n) float32 over the universe, larger = likelier.

        ``taste`` (b, n) are their ``tastes``, ``log`` their purchases. ``themselves`` (b,): their rows among
        the learned members, -1 for none; nobody is their own neighbour.
        """
        alike = (taste @ self._tastes_by_product).toarray()
        if themselves is not None:
            known = np.flatnonzero(themselves >= 0)
            alike[known, themselves[known]] = 0
        alike = _strongest(alike, self.config.neighbours) ** np.float32(self.config.sharpness)
        alike /= np.maximum(alike.sum(axis=1, keepdims=True), np.float32(1e-9))
        close = sparse.csr_matrix(alike)
        shares = [np.asarray((close @ part).todense(), dtype=np.float32) for part in (self.lately, self.ever)]
        lines = _lines_of(log, member_rows)
        recent = np.exp2(-log.age_days / np.float32(30.0))
        for weights in (None, recent):  # each product once, and as it fades
            own = _rows_of(log, lines, recent, self.universe, len(member_rows))
            if weights is None:
                own.data[:] = 1
            together = np.zeros((len(member_rows), len(self.universe)), dtype=np.float32)
            together[:, self.ease_places] = own[:, self.ease_places] @ self.together
            shares.append(together)
        by_order = (np.float32(self.config.order_decay) ** log.orders_since).astype(np.float32)
        own = _rows_of(log, lines, by_order, self.universe, len(member_rows))
        shares.append(np.asarray((own @ self.follows).todense(), dtype=np.float32))
        before = (np.float32(self.config.next_order_decay) ** log.orders_since).astype(np.float32)
        own = _rows_of(log, lines, before, self.universe, len(member_rows))
        ahead = np.zeros((len(member_rows), len(self.universe)), dtype=np.float32)
        ahead[:, self.ease_places] = own[:, self.ease_places] @ self.next_order
        shares.append(ahead)
        return shares


def rarity_of(bought: sparse.csr_matrix) -> Floats:
    """How much a product says of a taste, (n,) float32: the less, the more members have ``bought`` it."""
    buyers = np.bincount(bought.indices, minlength=bought.shape[1])
    return np.asarray(np.log1p(bought.shape[0] / (1.0 + buyers)), dtype=np.float32)


def tastes(
    log: PurchaseLog, universe: Rows, config: NeighboursConfig, *, rarity: Floats
) -> sparse.csr_matrix:
    """What each member likes, (n_members, n) over the universe, rows of length 1."""
    matrix = log.faded(config.taste_half_life_days)[:, universe].tocsr()
    matrix.data = np.sqrt(np.minimum(matrix.data, 1.0))
    matrix.data *= rarity[matrix.indices]
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    matrix.data /= np.repeat(np.where(lengths == 0, 1, lengths), np.diff(matrix.indptr))
    return matrix.astype(np.float32)


def _saturated(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    matrix.data = np.minimum(matrix.data, 1.0)
    return matrix


def _follows(log: PurchaseLog, universe: Rows, *, target_damping: float) -> sparse.csr_matrix:
    """How often the column is in the order after one with the row, damped by both frequencies."""
    place = np.full(log.n_products, -1)
    place[universe] = np.arange(len(universe))
    inside = place[log.product_rows] >= 0
    orders = log.order_rows[inside]
    n_orders = int(log.order_rows[-1]) + 1 if len(log) else 0
    ones = np.ones(len(orders), dtype=np.float32)
    shape = (n_orders, len(universe))
    content = sparse.csr_matrix((ones, (orders, place[log.product_rows[inside]])), shape=shape)
    member = log.orders.member_rows
    same = np.flatnonzero(member[1:] == member[:-1])
    first, second = content[same], content[same + 1]
    # a long order says less of each of its products
    first.data /= np.sqrt(np.repeat(np.diff(first.indptr), np.diff(first.indptr))).astype(np.float32)
    counts = (first.T @ second).tocsr()
    counts.data[counts.data < 0.3] = 0
    counts.eliminate_zeros()
    frequency = np.bincount(content.indices, minlength=len(universe)) + 5.0
    source = np.repeat(np.sqrt(frequency), np.diff(counts.indptr))
    counts.data /= (source * (frequency**target_damping)[counts.indices]).astype(np.float32)
    return counts


def _strongest(values: Floats, k: int) -> Floats:
    """The ``k`` largest of each row; 0 elsewhere."""
    if values.shape[1] <= k:
        return values
    edge = np.partition(values, -k, axis=1)[:, -k, None]
    return np.where(values >= edge, values, 0)


def _lines_of(log: PurchaseLog, member_rows: Rows) -> tuple[Rows, Rows]:
    """The log's lines of each member, and which of ``member_rows`` they belong to."""
    starts = np.searchsorted(log.member_rows, member_rows)
    ends = np.searchsorted(log.member_rows, member_rows, side="right")
    lengths = ends - starts
    owner = np.repeat(np.arange(len(member_rows)), lengths)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.repeat(starts, lengths) + offset, owner


def _rows_of(
    log: PurchaseLog, lines: tuple[Rows, Rows], weights: Floats, universe: Rows, n: int
) -> sparse.csr_matrix:
    """(n, n universe): the weights of the lines, summed per pair."""
    at, owner = lines
    place = np.searchsorted(universe, log.product_rows[at]).clip(max=len(universe) - 1)
    known = universe[place] == log.product_rows[at]
    parts = (weights[at][known], (owner[known], place[known]))
    return sparse.csr_matrix(parts, shape=(n, len(universe)), dtype=np.float32)
