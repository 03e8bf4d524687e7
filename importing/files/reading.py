"""Rows as they come to the importers: chunks of Arrow tables with row numbers.

A row's *number* counts the data rows from 1. Malformed CSV rows have numbers too; they are handed out
beside the good rows of the chunk in which they lie.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

CHUNK_ROWS = 75_000


@dataclass(frozen=True)
class Malformed:
    """A CSV row with too few or too many fields, or with a quote that is never closed."""

    number: int
    text: str
    expected: int
    n_fields: int


@dataclass
class Chunk:
    """Some rows: ``table`` has our columns, ``original`` the file's.

    ``end`` is how many rows have been handed out up to here. ``tainted`` are order numbers that malformed
    rows show.
    """

    table: pa.Table
    numbers: npt.NDArray[np.int64]
    malformed: list[Malformed]
    end: int
    original: pa.Table
    tainted: frozenset[str] = field(default_factory=frozenset)

    @property
    def n_rows(self) -> int:
        return len(self.numbers)
