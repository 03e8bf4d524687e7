"""Database ids <-> row numbers.

Models work on rows 0..n-1; the database has ids, integers or text. A vocabulary is the sorted
list of ids, so the same data always gives the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ids = NDArray[Any]
"""int64 or fixed-width text."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Sorted unique ids; the row of an id is its position. ``ids`` is int64 or fixed-width text, (n,)."""

    ids: Ids

    @classmethod
    def from_ids(cls, ids: ArrayLike) -> Vocabulary:
        """The vocabulary of all ids that occur, however often and in whatever order."""
        return cls(np.unique(_plain(ids)))

    @classmethod
    def encode(cls, ids: ArrayLike) -> tuple[Vocabulary, NDArray[np.int64]]:
        """The vocabulary of ``ids`` and the row of each of them, (n,) int64, in one pass."""
        unique, rows = np.unique(_plain(ids), return_inverse=True)
        return cls(unique), rows.astype(np.int64, copy=False)

    def __len__(self) -> int:
        return len(self.ids)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and np.array_equal(self.ids, other.ids)

    def rows_of(self, ids: ArrayLike) -> NDArray[np.int64]:
        """The row of each id, (n,) int64; -1 where the id is unknown."""
        wanted = _plain(ids)
        if len(self.ids) == 0 or wanted.size == 0:
            return np.full(wanted.shape, -1, dtype=np.int64)
        places = np.searchsorted(self.ids, wanted).clip(max=len(self.ids) - 1)
        return np.where(self.ids[places] == wanted, places, -1).astype(np.int64)


def _plain(ids: ArrayLike) -> Ids:
    """Integers as int64, all else as fixed-width text: both sort, compare and save without pickle."""
    array = np.asarray(ids)
    if array.size == 0 and array.dtype.kind == "f":
        return array.astype(np.int64)
    if array.dtype.kind in "iu":
        return array.astype(np.int64, copy=False)
    return array.astype(np.str_) if array.dtype.kind != "U" else array
