"""Why a product is in a list: the member's own products that added most to its score."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

from recommendations.ml.blending.blend import Blend
from recommendations.ml.ranking import NO_PRODUCT
from recommendations.ml.recommender import Recommender

PART_STEPS = 10_000
"""Parts are compared in steps of the largest over this: closer ones are equal, less than half a step is 0."""


@runtime_checkable
class Explained(Protocol):
    """A model that can say what each product of a history adds to a score."""

    def contributions(
        self, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]]:
        """Places (b,), own products (b, h) padded with -1, and parts (b, h, t), a batch at a time."""


def because(
    model: Recommender, member_rows: NDArray[np.int64], product_rows: NDArray[np.int64], *, most: int = 2
) -> NDArray[np.int64]:
    """For each of ``product_rows`` (n, t) the member's products that raised its score most, (n, t, most).

    Best first, only positive parts, never the product itself; of parts as large as each other the smaller
    row first. Empty places hold NO_PRODUCT, as they do in ``product_rows``. The parts are the exact terms of
    the score (Hu et al. 2008, §5); a blend multiplies all terms of a product by one trend, which keeps their
    signs and order. A model that has no ``contributions`` gives no reasons.
    """
    named = np.full((*product_rows.shape, most), NO_PRODUCT, dtype=np.int64)
    explained: object = model
    if isinstance(model, Blend):
        explained = model.ranker_ or model.next_ or model.als_
    if not isinstance(explained, Explained):
        return named
    real_rows = np.maximum(product_rows, 0)  # an empty place asks about any product, and names none
    for places, own, parts in explained.contributions(member_rows, real_rows):
        targets = product_rows[places]
        parts[own[:, :, None] == targets[:, None, :]] = 0.0
        take = min(most, own.shape[1])
        best, at = torch.topk(torch.from_numpy(_ordered(parts)), take, dim=1)  # (b, take, t)
        rows = np.take_along_axis(own[:, :, None], at.numpy(), axis=1)
        rows = np.where((best.numpy() > 0) & (targets[:, None, :] >= 0), rows, NO_PRODUCT)
        named[places, :, :take] = rows.transpose(0, 2, 1)
    return named


def _ordered(parts: NDArray[np.float32]) -> NDArray[np.int64]:
    """(b, h, t) whole numbers in the order of ``parts``, all different where above 0."""
    largest = np.maximum(parts.max(axis=1, keepdims=True, initial=0.0), np.float32(1e-30))
    steps = np.rint(np.maximum(parts, 0) * (PART_STEPS / largest)).astype(np.int64)
    h = parts.shape[1]
    return np.where(steps > 0, steps * h - np.arange(h)[:, None], 0)
