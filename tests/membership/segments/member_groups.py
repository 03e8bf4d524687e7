"""Members' figures with groups in them, for tests of clusters and look-alikes."""

from __future__ import annotations

import numpy as np

from membership.segments.figures import NAMES
from membership.segments.ml.clusters import FigureTable

CENTRES = np.array(
    [  # days silent, orders, spend, basket, gap, known, recent share
        [5, 40, 2_000, 50, 8, 900, 0.3],
        [60, 6, 1_800, 300, 60, 700, 0.2],
        [250, 2, 40, 20, 300, 400, 0.0],
        [10, 3, 60, 20, 12, 30, 1.0],
    ]
)


def grouped_members(n: int, *, seed: int = 4) -> tuple[FigureTable, np.ndarray]:
    """``n`` members in four clear groups, and the group of each."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, len(CENTRES), size=n)
    values = CENTRES[groups] * rng.lognormal(0.0, 0.15, size=(n, len(NAMES)))
    return FigureTable(np.arange(1, n + 1), values, NAMES), groups
