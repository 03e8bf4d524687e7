"""The newest products of some members, kept back from training to judge it by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from learning.interactions import Interactions
from learning.metrics.ranking import ndcg_at_k
from recommendations.ml.histories import Histories
from recommendations.ml.ranking import top_k

MEMBERS_AT_ONCE = 256
FEWEST = 100
"""A mean over fewer is too uncertain."""


@dataclass(frozen=True, eq=False)
class HeldBack:
    """``rest``: (n,) bool, the entries that are left to learn from; ``member_rows``, ``targets``: (h,) int64,
    who bought which new product last."""

    rest: NDArray[np.bool_]
    member_rows: NDArray[np.int64]
    targets: NDArray[np.int64]

    @classmethod
    def draw(cls, interactions: Interactions, n: int, *, rng: np.random.Generator) -> HeldBack:
        """At most ``n`` members with three entries, the newest of a product that is new to them."""
        order = np.lexsort((interactions.timestamps, interactions.member_rows))
        histories = Histories.of(interactions)
        long_enough = np.diff(histories.starts) >= 3
        newest = histories.starts[1:][long_enough] - 1
        bought = np.unique(_pairs(histories), return_counts=True)
        pair, times = bought[0], bought[1]
        new = times[np.searchsorted(pair, _pairs(histories)[newest])] == 1
        chosen = newest[new]
        if len(chosen) > n:
            chosen = np.sort(rng.choice(chosen, size=n, replace=False))
        rest = np.ones(len(interactions), dtype=np.bool_)
        rest[order[chosen]] = False
        return cls(rest, histories.member_rows[chosen], histories.product_rows[chosen])

    def __len__(self) -> int:
        return len(self.targets)

    def ndcg(self, score: Callable[[slice], NDArray[np.float32]], owned: sparse.csr_matrix) -> float:
        """Mean NDCG@10, everything ranked but what is stored in ``owned`` (h, n_products).

        ``score`` takes a slice of these members, to (b, n_products).
        """
        total = 0.0
        for first in range(0, len(self), MEMBERS_AT_ONCE):
            lines = slice(first, first + MEMBERS_AT_ONCE)
            ranked = top_k(score(lines), 10, exclude=owned[lines])[0]
            hits = ranked == self.targets[lines, None]
            total += float(ndcg_at_k(hits, np.ones(len(hits), dtype=np.int64)).sum())
        return total / len(self)

    @property
    def tells(self) -> bool:
        """Whether a mean over these members is certain enough."""
        return len(self) >= FEWEST


def _pairs(histories: Histories) -> NDArray[np.int64]:
    return histories.member_rows * histories.n_products + histories.product_rows
