"""Plain next-basket and new-product models that `repeat_purchases` compares ours with. Small on purpose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from learning.interactions import Interactions
from recommendations.ml.factors.als import Als
from recommendations.ml.ordering.transitions import ItemTransitions
from recommendations.ml.repeat.user_neighbours import ease_weights

Floats = NDArray[np.float32]
Scorer = Callable[[NDArray[np.int64]], Floats]
"""Member rows (b,) -> scores (b, n_products)."""
LARGEST_EASE = 6_000
"""Of a larger catalogue EASE sees the products with most buyers; its cost grows with the cube."""


def top_items(train: Interactions, *, half_life_days: float = 120.0) -> Scorer:
    """The member's own products, purchases fading with age; then what is popular of late."""
    own, popular = _faded(train, half_life_days), _popular(train)
    return lambda rows: own[rows].toarray() + popular


def tifu_knn(train: Interactions, *, own_share: float = 0.7, neighbours: int = 300) -> Scorer:
    """Hu et al., SIGIR 2020: order-decayed item frequencies, averaged with those of the nearest members.

    Decays .9 by order within groups of seven orders, .7 by group, as in the paper.
    """
    back = _orders_back(train)
    vectors = train.to_csr((0.9 ** (back % 7) * 0.7 ** (back // 7) / 7).astype(np.float32) + np.float32(1e-9))
    unit = _unit(vectors)
    popular = _popular(train) * np.float32(1e-3)

    def score(rows: NDArray[np.int64]) -> Floats:
        alike = (unit[rows] @ unit.T).toarray()
        alike[np.arange(len(rows)), rows] = -1
        near = np.argpartition(-alike, neighbours, axis=1)[:, :neighbours]
        picked = np.zeros_like(alike)
        np.put_along_axis(picked, near, np.float32(1 / neighbours), axis=1)
        around = np.asarray((sparse.csr_matrix(picked) @ vectors).todense())
        own = vectors[rows].toarray()
        return np.asarray(own_share * own + (1 - own_share) * around + popular, dtype=np.float32)

    return score


def up_cf(train: Interactions, *, sharpness: float = 5.0, half_life_days: float = 120.0) -> Scorer:
    """Faggioli et al., UMAP 2020: members weighted by their sharpened cosine, their purchases by recency."""
    bought = train.to_csr()
    bought.data[:] = 1
    unit, recent = _unit(bought), _faded(train, half_life_days)

    def score(rows: NDArray[np.int64]) -> Floats:
        alike = (unit[rows] @ unit.T).tocsr()
        alike.data **= sharpness
        return np.asarray((alike @ recent).todense(), dtype=np.float32)

    return score


def als(train: Interactions) -> Scorer:
    """Our own implicit ALS; benchmarks/recommendations/speed.py compares it with the package `implicit`."""
    model = Als().fit(train, rng=np.random.default_rng(1))
    return model.score


def item_transitions(train: Interactions) -> Scorer:
    model = ItemTransitions().fit(train, rng=np.random.default_rng(1))
    return model.score


def ease(train: Interactions, *, regularization: float = 300.0) -> Scorer:
    """Steck, WWW 2019."""
    bought = train.to_csr()
    bought.data[:] = 1
    buyers = np.bincount(bought.indices, minlength=bought.shape[1])
    known = np.sort(np.argsort(-buyers, kind="stable")[:LARGEST_EASE])
    inside = bought[:, known].tocsr()
    weights = ease_weights(inside, regularization)

    def score(rows: NDArray[np.int64]) -> Floats:
        scores = np.zeros((len(rows), bought.shape[1]), dtype=np.float32)
        scores[:, known] = inside[rows] @ weights
        return scores

    return score


def ease_trend(train: Interactions, *, exponent: float = 1.0) -> Scorer:
    """EASE, times how much more than in the long run each product sells of late."""
    plain, age = ease(train), train.age_days()
    late, long_run = (
        np.bincount(train.product_rows, weights=np.exp2(-age / days), minlength=train.n_products)
        for days in (14.0, 120.0)
    )
    trend = ((late * 120 / 14 + 1) / (long_run + 1)).astype(np.float32) ** np.float32(exponent)
    return lambda rows: np.asarray(plain(rows) * trend, dtype=np.float32)


PEERS: Mapping[str, Mapping[str, tuple[Callable[..., Scorer], Mapping[str, tuple[Any, ...]]]]] = {
    "buy-again": {
        "top items": (top_items, {"half_life_days": (60.0, 120.0, 240.0)}),
        "tifu_knn": (tifu_knn, {"own_share": (0.7, 0.9)}),
        "up_cf": (up_cf, {"half_life_days": (60.0, 180.0)}),
        "als": (als, {}),
    },
    "for-you": {
        "up_cf": (up_cf, {"half_life_days": (14.0, 60.0)}),
        "ease": (ease, {}),
        "als": (als, {}),
        "ease x trend": (ease_trend, {"exponent": (0.7, 1.0)}),
    },
}
"""surface -> name -> (model, the settings it may be given; chosen on the 28 days before the cut)."""


def _faded(train: Interactions, half_life_days: float) -> sparse.csr_matrix:
    decay = np.exp2(-train.age_days() / np.float32(half_life_days))
    return train.to_csr(np.maximum(decay, np.float32(1e-6)))


def _popular(train: Interactions) -> Floats:
    """(n_products,) at most 1e-4: breaks ties, and fills lists of members with few products."""
    sold = np.bincount(
        train.product_rows, weights=np.exp2(-train.age_days() / 28), minlength=train.n_products
    )
    return np.asarray(1e-4 * sold / sold.max(), dtype=np.float32)


def _orders_back(train: Interactions) -> NDArray[np.int64]:
    """(n,) how many orders the member has placed since."""
    orders, row = np.unique(np.stack((train.member_rows, train.timestamps)), axis=1, return_inverse=True)
    last = np.zeros(train.n_members, dtype=np.int64)
    last[orders[0]] = np.arange(orders.shape[1])
    return np.asarray(last[train.member_rows] - row, dtype=np.int64)


def _unit(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    unit = matrix.copy()
    unit.data = unit.data / np.repeat(np.where(lengths == 0, 1, lengths), np.diff(unit.indptr))
    return unit
