"""How good ranked lists are. Pure functions over arrays.

``hits``: (n, k) bool, True where the product at that rank is relevant, best rank first.
``n_relevant``: (n,) int, how many products are relevant for the member at all, > 0.
Every ``*_at_k`` function returns (n,) float64 in 0..1, higher is better; the mean over members is the figure.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

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


def intra_list_diversity(ranked: NDArray[np.int64], attributes: sparse.csr_matrix) -> Floats:
    """How unlike each other a list's products are: the mean of 1 - cosine over their pairs, (n,), 0..1.

    Ziegler et al., "Improving recommendation lists through topic diversification" (WWW 2005). ``attributes``
    is (n_products, n_attributes), >= 0. Products without attributes are passed over: nothing says what they
    are like. NaN for a list with fewer than two others.
    """
    lengths = np.sqrt(np.asarray(attributes.multiply(attributes).sum(axis=1)).ravel())
    unit = sparse.diags(np.divide(1.0, lengths, out=np.zeros(len(lengths)), where=lengths > 0)) @ attributes
    lines, places = np.nonzero((ranked >= 0) & (lengths[ranked] > 0))
    shape = (len(ranked), len(lengths))
    listed = sparse.csr_matrix((np.ones(len(lines)), (lines, ranked[lines, places])), shape=shape)
    count = np.bincount(lines, minlength=len(ranked))
    total = (listed @ unit).tocsr()
    # |sum of the vectors|^2 is every pair's cosine twice, and once the 1 of each with itself
    alike = np.asarray(total.multiply(total).sum(axis=1)).ravel() - count
    pairs = count * (count - 1.0)
    unlike = 1.0 - np.divide(alike, pairs, out=np.full(len(ranked), np.nan), where=pairs > 0)
    return np.asarray(np.clip(unlike, 0.0, 1.0), dtype=np.float64)


def history_thirds(lengths: NDArray[np.int64]) -> NDArray[np.str_]:
    """Whether each history is "short", "medium" or "long", (n,): thirds, but equal lengths stay together."""
    shorter = np.searchsorted(np.sort(lengths), lengths) / max(len(lengths), 1)
    return np.where(shorter < 1 / 3, "short", np.where(shorter < 2 / 3, "medium", "long"))


def by_part(
    values: Mapping[str, Floats], labels: NDArray[np.str_], *, skip: str = ""
) -> dict[str, dict[str, float]]:
    """label -> how many members bear it, and the mean of each of ``values`` (n,) over them.

    Members labelled ``skip`` are in no part.
    """
    parts: dict[str, dict[str, float]] = {}
    for label in np.unique(labels):
        if label == skip:
            continue
        inside = labels == label
        means = {name: float(given[inside].mean()) for name, given in values.items()}
        parts[str(label)] = {"members": int(inside.sum()), **means}
    return parts


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
