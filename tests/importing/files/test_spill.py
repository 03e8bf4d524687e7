from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from importing.files import spill as spill_module
from importing.files.reading import Malformed
from importing.files.spill import Spill, rearrange


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
    chunks = spill.chunks(after=after, chunk_rows=rows, translate=lambda table: table)
    return [chunk.table.column("order").to_pylist() for chunk in chunks]


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
    chunks = spill.chunks(after=0, chunk_rows=2, translate=lambda table: table)
    assert [[row.number for row in chunk.malformed] for chunk in chunks] == [[1], [9]]


def test_a_file_without_rows_gives_no_chunk(tmp_path: Path):
    spill = Spill(tmp_path / "rows.arrow")
    spill.finish()
    assert chunks(spill) == []


def written(path: Path, sizes: list[int]) -> None:
    """Rows 0, 1, 2 … in batches of these sizes."""
    schema = pa.schema({"row": pa.int64(), "text": pa.string()})
    with pa.ipc.new_file(str(path), schema) as writer:
        start = 0
        for size in sizes:
            rows = range(start, start + size)
            writer.write_batch(pa.record_batch([list(rows), [f"r{row}" for row in rows]], schema=schema))
            start += size


@given(sizes=st.lists(st.integers(0, 7), min_size=1, max_size=5), part_rows=st.integers(1, 9), data=st.data())
def test_rows_lie_in_the_order_given(tmp_path_factory, sizes: list[int], part_rows: int, data: st.DataObject):
    n = sum(sizes)
    order = np.array(data.draw(st.permutations(range(n))), dtype=np.int64)
    path = tmp_path_factory.mktemp("spill") / "rows.arrow"
    written(path, sizes)
    if not n:
        return
    before, spill_module.PART_ROWS = spill_module.PART_ROWS, part_rows
    try:
        starts = rearrange(path, order)
    finally:
        spill_module.PART_ROWS = before
    with pa.OSFile(str(path), "rb") as file:
        reader = pa.ipc.open_file(file)
        table = reader.read_all()
        lengths = [len(reader.get_batch(number)) for number in range(reader.num_record_batches)]
    assert table.column("row").to_pylist() == order.tolist()
    assert table.column("text").to_pylist() == [f"r{row}" for row in order]
    assert starts == np.r_[0, np.cumsum(lengths)][:-1].tolist()
    assert [one.name for one in path.parent.iterdir()] == ["rows.arrow"]


def test_few_files_are_open_at_a_time(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(spill_module, "PART_ROWS", 1)
    monkeypatch.setattr(spill_module, "MOST_PARTS", 3)
    path = tmp_path / "rows.arrow"
    written(path, [10])
    assert rearrange(path, np.arange(10)[::-1]) == [0, 4, 8]
