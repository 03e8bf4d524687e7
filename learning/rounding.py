"""How many digits of a computed number are kept: the one place for lists, probabilities and forecasts.

BLAS, torch and oneDNN add the terms of a sum in an order that depends on the processor, the number of threads
and how many rows are asked at once, so the last digits of a float32 differ from batch to batch. What is
written, compared with a threshold or put in order is rounded first. Promised of two batches: written numbers
are equal, or differ by one unit of the last kept digit where the true value lies between two roundings; lists
are ordered by the written score, then by id, so only products that close may have changed places.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

DIGITS = 5
"""Significant digits that are kept. A float32 has seven; models here lose about one and a half."""
POWERS = np.array([float(10**place) for place in range(23)])
"""1, 10, ... 10^22: the powers of ten that a float64 holds exactly."""


def rounded(values: ArrayLike) -> NDArray[np.float64]:
    """``values`` with DIGITS significant digits, float64 of the same shape: .02848071 becomes .028481.

    Keeps the order: of two numbers the larger one is never rounded to less. 0, infinities and NaN stay; below
    10^-18 there are fewer digits.
    """
    wide = np.asarray(values, dtype=np.float64)
    size = np.abs(wide)
    plain = np.isfinite(size) & (size > 0)
    places = _places(np.where(plain, size, 1.0))
    scale = POWERS[np.abs(places)]
    # a division by an exact power of ten gives the float64 nearest to the decimal number
    with np.errstate(invalid="ignore", over="ignore"):
        result = np.where(places >= 0, np.rint(wide * scale) / scale, np.rint(wide / scale) * scale)
    return np.where(plain, result, wide)


def rounded_list(values: ArrayLike) -> list[Any]:
    """``rounded`` as plain (nested) lists, for rows and JSON."""
    numbers: list[Any] = rounded(values).tolist()
    return numbers


def one_unit(values: ArrayLike) -> NDArray[np.float64]:
    """What one unit of the last kept digit of each of ``values`` is worth: what two batches may differ by."""
    places = _places(np.abs(np.asarray(values, dtype=np.float64)).clip(min=1 / POWERS[-1]))
    return np.where(places >= 0, 1 / POWERS[np.abs(places)], POWERS[np.abs(places)])


def _places(size: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many decimals each of ``size``, > 0, keeps; negative where not even the units are kept."""
    most = len(POWERS) - 1
    return (DIGITS - 1 - np.floor(np.log10(size))).clip(-most, most).astype(np.int64)
