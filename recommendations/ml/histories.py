"""Members' purchases in the order in which they happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from learning.interactions import Interactions


@dataclass(frozen=True, eq=False)
class Histories:
    """All entries, sorted by member, then time; equal times keep the order in which they were given.

    ``member_rows``, ``product_rows``, ``timestamps``: (n,) int64; ``values``: (n,) float32. ``steps``: (n,)
    int64, which of the member's moments (baskets) an entry belongs to, 0 for the first. ``starts``:
    (n_members + 1,) int64, where each member's entries begin.
    """

    member_rows: NDArray[np.int64]
    product_rows: NDArray[np.int64]
    timestamps: NDArray[np.int64]
    values: NDArray[np.float32]
    steps: NDArray[np.int64]
    starts: NDArray[np.int64]
    n_products: int

    @classmethod
    def of(cls, interactions: Interactions) -> Histories:
        """Sort the entries of ``interactions``."""
        order = np.lexsort((interactions.timestamps, interactions.member_rows))
        members, times = interactions.member_rows[order], interactions.timestamps[order]
        starts = np.searchsorted(members, np.arange(interactions.n_members + 1))
        changed = np.ones(len(order), dtype=np.bool_)
        changed[1:] = (times[1:] != times[:-1]) | (members[1:] != members[:-1])
        moments = np.cumsum(changed) - 1
        lengths = np.diff(starts)
        steps = moments - np.repeat(moments[starts[:-1][lengths > 0]], lengths[lengths > 0])
        return cls(
            members,
            interactions.product_rows[order],
            times,
            interactions.values[order],
            steps,
            starts,
            interactions.n_products,
        )

    @property
    def n_members(self) -> int:
        return len(self.starts) - 1

    def steps_back(self) -> NDArray[np.int64]:
        """(n,) int64: moments between an entry and its member's newest, 0 for the newest."""
        lengths = np.diff(self.starts)
        newest = self.steps[self.starts[1:][lengths > 0] - 1]
        return np.repeat(newest, lengths[lengths > 0]) - self.steps

    def pairs(self, window: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """(earlier, later) entry numbers of the same member, one, two, ... ``window`` entries apart."""
        for apart in range(1, window + 1):
            earlier = np.flatnonzero(self.member_rows[apart:] == self.member_rows[:-apart])
            if len(earlier) == 0:
                return
            yield earlier, earlier + apart

    def weighted(self, weights: NDArray[np.float32]) -> sparse.csr_matrix:
        """(n_members, n_products) float32: ``weights`` (n,) of the entries, summed per pair."""
        shape = (self.n_members, self.n_products)
        matrix = sparse.csr_matrix((weights, (self.member_rows, self.product_rows)), shape=shape)
        matrix.sum_duplicates()
        return matrix.astype(np.float32)
