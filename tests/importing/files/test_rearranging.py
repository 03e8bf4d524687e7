from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from importing.files import rearranging
from importing.files.rearranging import rearrange


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
    before, rearranging.PART_ROWS = rearranging.PART_ROWS, part_rows
    try:
        starts = rearrange(path, order)
    finally:
        rearranging.PART_ROWS = before
    with pa.OSFile(str(path), "rb") as file:
        reader = pa.ipc.open_file(file)
        table = reader.read_all()
        lengths = [len(reader.get_batch(number)) for number in range(reader.num_record_batches)]
    assert table.column("row").to_pylist() == order.tolist()
    assert table.column("text").to_pylist() == [f"r{row}" for row in order]
    assert starts == np.r_[0, np.cumsum(lengths)][:-1].tolist()
    assert [one.name for one in path.parent.iterdir()] == ["rows.arrow"]


def test_few_files_are_open_at_a_time(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(rearranging, "PART_ROWS", 1)
    monkeypatch.setattr(rearranging, "MOST_PARTS", 3)
    path = tmp_path / "rows.arrow"
    written(path, [10])
    assert rearrange(path, np.arange(10)[::-1]) == [0, 4, 8]
