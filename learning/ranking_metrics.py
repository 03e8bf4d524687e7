"""How good ranked lists are. Pure functions over arrays.

``hits``: (n, k) bool, True where the product at that rank is relevant, best rank first.
``n_relevant``: (n,) int, how many products are relevant for the member at all, > 0.
Every ``*_at_k`` function returns (n,) float64 in 0..1, higher is better; the mean over members is the figure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def hits_of(ranked: NDArray[np.int64], relevant: list[NDArray[np.int64]]) -> NDArray[np.bool_]:
    """Which of the ranked rows, (n, k) with -1 for "no more", each member's relevant rows hold."""
    hits = np.zeros(ranked.shape, dtype=np.bool_)
    for line, wanted in enumerate(relevant):
        hits[line] = np.isin(ranked[line], wanted) & (ranked[line] >= 0)
    return hits


def ndcg_at_k(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64]) -> Floats:
    """Normalised discounted cumulative gain, binary: gain 1/log2(rank + 1) (Järvelin & Kekäläinen 2002)."""
    k = hits.shape[1]
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate(([0.0], np.cumsum(discounts)))[np.minimum(n_relevant, k)]
    return _ratio(hits @ discounts, ideal)


def recall_at_k(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64]) -> Floats:
    """Share of the relevant products that the list holds."""
    return _ratio(hits.sum(axis=1), n_relevant)


def precision_at_k(hits: NDArray[np.bool_]) -> Floats:
    """Share of the list that is relevant."""
    return np.asarray(hits.mean(axis=1), dtype=np.float64)


def mrr_at_k(hits: NDArray[np.bool_]) -> Floats:
    """1 / rank of the first relevant product; 0 where the list has none."""
    first = hits.argmax(axis=1)
    return np.where(hits.any(axis=1), 1.0 / (first + 1), 0.0)


def average_precision_at_k(hits: NDArray[np.bool_], n_relevant: NDArray[np.int64]) -> Floats:
    """Mean of the precision at each relevant rank, over min(relevant, k); its mean over members is MAP."""
    k = hits.shape[1]
    precision = np.cumsum(hits, axis=1) / np.arange(1, k + 1)
    return _ratio((precision * hits).sum(axis=1), np.minimum(n_relevant, k))


def coverage(ranked: NDArray[np.int64], *, n_products: int) -> float:
    """Share of the catalogue that is in at least one list, 0..1."""
    shown = np.unique(ranked[ranked >= 0])
    return len(shown) / n_products if n_products else 0.0


def novelty(ranked: NDArray[np.int64], *, buyers: NDArray[np.int64], n_members: int) -> float:
    """Mean self-information, in bits, of what is shown: -log2(share of members who bought it).

    ``buyers``: (n_products,) members who bought each product; one nobody bought counts as bought once.
    """
    shown = ranked[ranked >= 0]
    if shown.size == 0:
        return 0.0
    return float(-np.log2(np.maximum(buyers[shown], 1) / n_members).mean())


def popularity_share(ranked: NDArray[np.int64], *, buyers: NDArray[np.int64], head: float = 0.01) -> float:
    """Share of the places in all lists that go to the most bought ``head`` of the catalogue, 0..1."""
    n_head = max(1, int(len(buyers) * head))
    popular = np.argsort(-buyers, kind="stable")[:n_head]
    shown = ranked[ranked >= 0]
    return float(np.isin(shown, popular).mean()) if shown.size else 0.0


def bootstrap_interval(
    values: Floats, *, rng: np.random.Generator, confidence: float = 0.95, draws: int = 1000
) -> tuple[float, float]:
    """Percentile bootstrap interval of the mean of per-member ``values`` (n,). For a paired comparison
    give the differences of two models on the same members."""
    if len(values) == 0:
        return (0.0, 0.0)
    n = len(values)
    # a multinomial count per member is the same draw as n picks with replacement, without the n x draws picks
    means = np.array([rng.multinomial(n, np.full(n, 1 / n)) @ values / n for _ in range(draws)])
    tail = (1 - confidence) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return (float(low), float(high))


def _ratio(numerator: NDArray[np.generic], denominator: NDArray[np.generic]) -> Floats:
    """numerator / denominator, 0 where the denominator is 0."""
    top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)
