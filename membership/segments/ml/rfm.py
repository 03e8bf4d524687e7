"""Recency, frequency, monetary value: quintile scores and the named groups made of them.

Hughes, *Strategic Database Marketing* (1994): members are cut into fifths by each figure, 5 best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Group:
    """A named region of the (recency, frequency) grid; the first group in ``GROUPS`` that fits is taken."""

    key: str
    recency: tuple[int, int]
    frequency: tuple[int, int]


GROUPS = (
    Group("champions", (4, 5), (4, 5)),
    Group("loyal", (3, 3), (4, 5)),
    Group("promising", (4, 5), (2, 3)),
    Group("new", (4, 5), (1, 1)),
    Group("need-attention", (3, 3), (2, 3)),
    Group("about-to-sleep", (3, 3), (1, 1)),
    Group("cannot-lose", (1, 2), (5, 5)),
    Group("at-risk", (1, 2), (3, 4)),
    Group("hibernating", (1, 2), (1, 2)),
)
"""Every pair of scores from 1 to 5 lies in exactly one group (tested)."""


def quintiles(values: NDArray[np.float64]) -> NDArray[np.int8]:
    """Scores 1 to 5 by rank, 5 for the highest; equal values get equal scores.

    ``values`` is float64 (n,), finite. Raises ValueError otherwise. With all values equal everyone scores 3.
    """
    if not np.isfinite(values).all():
        raise ValueError("RFM values must be finite numbers")
    if values.size == 0:
        return np.zeros(0, dtype=np.int8)
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    middle_rank = (below + upto) / 2 / values.size  # in (0, 1), the same for ties
    return np.clip(np.ceil(middle_rank * 5), 1, 5).astype(np.int8)


def group_index(recency: NDArray[np.int8], frequency: NDArray[np.int8]) -> NDArray[np.int8]:
    """For each member the position in ``GROUPS``; scores are int8 (n,), 1 to 5."""
    index = np.full(recency.shape, -1, dtype=np.int8)
    for position in reversed(range(len(GROUPS))):
        group = GROUPS[position]
        fits = (
            (recency >= group.recency[0])
            & (recency <= group.recency[1])
            & (frequency >= group.frequency[0])
            & (frequency <= group.frequency[1])
        )
        index[fits] = position
    return index
