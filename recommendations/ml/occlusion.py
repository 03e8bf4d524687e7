"""What a member's score would be without one of their products: computed by the model itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from learning.interactions import Interactions
from learning.vocabulary import Vocabulary

Rows = NDArray[np.int64]
Floats = NDArray[np.float32]
MOST_OCCLUDED = 12
"""Newest own products that may be named as reasons."""


class ExplainedByOcclusion:
    """Reasons for a model that takes histories as a whole, and keeps the current one in ``history_``."""

    history_: Interactions

    def with_history(self, history: Interactions, /) -> Self:
        raise NotImplementedError

    def score(self, member_rows: Rows, /) -> Floats:
        raise NotImplementedError

    def evidence(self, scores: Floats) -> Floats:
        """Scores on a scale on which differences compare: as they are, where they are logits."""
        return scores

    def contributions(
        self, member_rows: Rows, product_rows: Rows
    ) -> Iterator[tuple[Rows, Rows, NDArray[np.float32]]]:
        """By how much the evidence for each of ``product_rows`` (n, t) falls without an own product.

        Yields, a member at a time, places (1,), the newest own products (1, h) and falls (1, h, t).
        """
        for place, member in enumerate(member_rows):
            own, cut = without_each(self.history_, int(member), most=MOST_OCCLUDED)
            scores = self.with_history(cut).score(np.arange(len(own) + 1))[:, product_rows[place]]
            evidence = self.evidence(scores)
            yield np.array([place]), own[None, :], (evidence[:1] - evidence[1:])[None, :, :]


def without_each(history: Interactions, member_row: int, *, most: int) -> tuple[Rows, Interactions]:
    """(own products (h,) newest first, at most ``most``; h + 1 histories, as of as many members).

    Line 0 of the histories is the member's own, line n + 1 the same without any entry of product n.
    """
    entries = np.flatnonzero(history.member_rows == member_row)
    entries = entries[np.argsort(history.timestamps[entries], kind="stable")]
    products = history.product_rows[entries]
    _known, newest = np.unique(products[::-1], return_index=True)
    own = products[::-1][np.sort(newest)][:most]
    kept = np.ones((len(own) + 1, len(entries)), dtype=np.bool_)
    kept[1:] = products[None, :] != own[:, None]
    lines, places = np.nonzero(kept)
    chosen = entries[places]
    return own, replace(
        history,
        members=Vocabulary(np.arange(len(own) + 1)),
        member_rows=lines,
        product_rows=history.product_rows[chosen],
        timestamps=history.timestamps[chosen],
        values=history.values[chosen],
    )
