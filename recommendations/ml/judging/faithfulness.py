"""Are the reasons true? Without the named products a score must fall more than without as many others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from learning.interactions import Interactions
from recommendations.ml.blending.explanation import because
from recommendations.ml.ranking import NO_PRODUCT, top_k
from recommendations.ml.recommender import Recommender
from recommendations.ml.surfaces import FOR_YOU

MEMBERS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Removal:
    """The first product of each list: its score with all, without the named, and without as many others."""

    score: NDArray[np.float32]
    without_named: NDArray[np.float32]
    without_others: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.score)

    @property
    def share(self) -> float:
        """Of the lists, how many lose more without the named products than without others, 0..1."""
        return float((self.without_named < self.without_others).mean()) if len(self) else 0.0


def removal(model: Recommender, history: Interactions, *, lists: int, rng: np.random.Generator) -> Removal:
    """Ask for ``lists`` members with reasons and enough others to leave out, drawn from ``rng``.

    ``model`` is fitted; ``history`` is what its members did, over its own products or others.
    """
    as_of = int(history.timestamps.max()) if history.as_of is None else history.as_of
    history = replace(history.onto_products(model.products_), as_of=as_of)
    current, own = model.with_history(history), history.to_csr()
    order = rng.permutation(np.flatnonzero(np.diff(own.indptr) > 3))
    chosen: list[int] = []
    targets: list[int] = []
    named: list[NDArray[np.int64]] = []
    others: list[NDArray[np.int64]] = []
    for begin in range(0, len(order), MEMBERS_AT_ONCE):
        if len(chosen) >= lists:
            break
        rows = order[begin : begin + MEMBERS_AT_ONCE]
        first = top_k(current.score(rows, surface=FOR_YOU), 1, exclude=own[rows])[0]
        reasons = because(current, rows, first)[:, 0, :]
        for row, target, reason in zip(rows, first[:, 0], reasons, strict=True):
            reason = reason[reason != NO_PRODUCT]
            pool = np.setdiff1d(own.indices[own.indptr[row] : own.indptr[row + 1]], reason)
            if target != NO_PRODUCT and 0 < len(reason) <= len(pool):
                chosen.append(row)
                targets.append(target)
                named.append(reason)
                others.append(rng.choice(pool, len(reason), replace=False))
    rows, products = np.array(chosen[:lists], dtype=np.int64), np.array(targets[:lists], dtype=np.int64)
    score = current.score_pairs(rows, products, surface=FOR_YOU)
    left = [
        model.with_history(_without(history, rows, gone[:lists])).score_pairs(rows, products, surface=FOR_YOU)
        for gone in (named, others)
    ]
    return Removal(score, *left)


def _without(
    history: Interactions, member_rows: NDArray[np.int64], gone: list[NDArray[np.int64]]
) -> Interactions:
    """``history`` without the products ``gone[n]`` of each of ``member_rows``."""
    n = history.n_products
    lines = np.concatenate(
        [member * n + products for member, products in zip(member_rows, gone, strict=True)]
    )
    return history.where(~np.isin(history.member_rows * n + history.product_rows, lines))
