from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from importing.files.reading import Malformed
from importing.files.spill import Spill


def spilled(tmp_path: Path, *batches: list[str], first: int = 1) -> Spill:
    """Rows by their order numbers; "" stands for none."""
    spill, number = Spill(tmp_path / "rows.arrow"), first
    for batch in batches:
        keys = np.array([sum(key.encode()) for key in batch], dtype=np.uint64)
        numbers = np.arange(number, number + len(batch))
        spill.append(pa.table({"order": pa.array(batch, pa.string())}), numbers, keys)
        number += len(batch)
    spill.finish()
    return spill


def chunks(spill: Spill, *, after: int = 0, rows: int = 2) -> list[list[str]]:
    found = spill.chunks(after=after, chunk_rows=rows, translate=lambda table: table)
    return [chunk.table.column("order").to_pylist() for chunk in found]


def test_no_order_is_cut_in_two(tmp_path: Path):
    assert chunks(spilled(tmp_path, ["A", "B", "B"], ["B", "C"])) == [["A", "B", "B", "B"], ["C"]]


def test_lines_that_lie_apart_come_together_where_the_first_lies(tmp_path: Path):
    spill = spilled(tmp_path, ["A", "B"], ["A", "C", "B"])
    assert [row for chunk in chunks(spill) for row in chunk] == ["A", "A", "B", "B", "C"]
    assert spill.longest_group() == 2


def test_rows_without_a_number_stay_alone(tmp_path: Path):
    spill = spilled(tmp_path, ["", "", ""])
    assert (spill.longest_group(), chunks(spill, rows=1)) == (1, [[""], [""], [""]])


def test_reading_goes_on_behind_the_rows_that_are_done(tmp_path: Path):
    assert chunks(spilled(tmp_path, ["A", "B", "A", "C"]), after=2) == [["B", "C"]]


def test_malformed_rows_come_with_the_chunk_in_which_they_lie(tmp_path: Path):
    spill = spilled(tmp_path, ["A", "B", "C", "D"], first=2)
    spill.malformed = [Malformed(1, "x", 2, 1), Malformed(9, "y", 2, 1)]
    found = spill.chunks(after=0, chunk_rows=2, translate=lambda table: table)
    assert [[row.number for row in chunk.malformed] for chunk in found] == [[1], [9]]


def test_a_file_without_rows_gives_no_chunk(tmp_path: Path):
    spill = Spill(tmp_path / "rows.arrow")
    spill.finish()
    assert chunks(spill) == []
