"""Features ready for a model: gaps filled, scaled, far values drawn in; learned from training rows only.

Median and interquartile range, because members' spend has a long tail that would decide a mean and a standard
deviation (Huber & Ronchetti, Robust Statistics, 2nd ed. 2009, ch. 1). A column that had gaps gets a second
one that says where, since a gap is often a statement (Little & Rubin, Statistical Analysis with Missing
Data).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
IQR_OF_NORMAL = 1.349  # interquartile range of a normal distribution with standard deviation 1


class FeaturePreparation:
    """``fit`` on training rows, then ``transform`` any rows.

    Input is (n, d) of any float type, NaN for "not known"; output is float32 (n, d + g), g being the number
    of columns with gaps in training, without NaN, each value within ±``limit`` robust standard deviations.
    """

    def __init__(self, *, limit: float = 8.0) -> None:
        self.limit = limit

    def fit(self, features: Floats) -> Self:
        """Learn medians, spreads and which columns have gaps. Raises ValueError for no rows or infinities."""
        if features.ndim != 2 or not len(features):
            raise ValueError(f"features must be rows x columns with at least one row, not {features.shape}")
        if np.isinf(features).any():
            raise ValueError("features hold infinite values; leave unknown ones as NaN")
        known = ~np.isnan(features)
        filled = np.where(known.any(axis=0), features, 0.0)  # a column without any value becomes zeros
        self.centre_ = np.nanmedian(filled, axis=0)
        low, high = np.nanpercentile(filled, (25, 75), axis=0)
        spread = (high - low) / IQR_OF_NORMAL
        # a column that is mostly one value has no interquartile range: its standard deviation then
        spread = np.where(spread > 0, spread, np.nanstd(filled, axis=0))
        self.scale_ = np.where(spread > 0, spread, 1.0)
        self.gap_columns_ = np.flatnonzero(~known.all(axis=0))
        return self

    def transform(self, features: Floats) -> npt.NDArray[np.float32]:
        """Raises ValueError when the number of columns is not that of ``fit``."""
        if features.ndim != 2 or features.shape[1] != len(self.centre_):
            raise ValueError(f"features must have {len(self.centre_)} columns, not {features.shape}")
        filled = np.where(np.isnan(features), self.centre_, features)
        scaled = np.clip((filled - self.centre_) / self.scale_, -self.limit, self.limit)
        gaps = np.isnan(features[:, self.gap_columns_])
        return np.hstack([scaled, gaps]).astype(np.float32)

    def outliers(self, features: Floats) -> npt.NDArray[np.bool_]:
        """(n, d): values further than ``limit`` robust standard deviations from the training median."""
        distance = np.abs(features - self.centre_) / self.scale_
        return np.asarray(np.nan_to_num(distance) > self.limit)

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """What was learned, for an .npz file."""
        return {
            "centre": self.centre_,
            "scale": self.scale_,
            "gap_columns": self.gap_columns_,
            "limit": np.asarray(self.limit),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """The counterpart of ``arrays``."""
        made = cls(limit=float(np.asarray(arrays["limit"], dtype=np.float64)))
        made.centre_ = np.asarray(arrays["centre"], dtype=np.float64)
        made.scale_ = np.asarray(arrays["scale"], dtype=np.float64)
        made.gap_columns_ = np.asarray(arrays["gap_columns"], dtype=np.int64)
        return made
