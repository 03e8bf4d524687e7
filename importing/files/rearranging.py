"""Rows of an Arrow file in another order, by way of files of neighbouring rows: memory holds one of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from importing.arrays import Ints

PART_ROWS = 65_536
MOST_PARTS = 200  # files that are open at a time


def rearrange(path: Path, order: Ints) -> list[int]:
    """Row i of the file becomes what was row ``order[i]``; the first row of each of its batches."""
    import numpy as np
    import pyarrow as pa

    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    part_rows = max(PART_ROWS, -(-len(order) // MOST_PARTS))
    parts = _split(path, place, part_rows=part_rows)
    starts = []
    with pa.OSFile(str(parts[0]), "rb") as first:
        schema = pa.ipc.open_stream(first).schema
    with pa.ipc.new_file(str(path), schema) as writer:
        for number, part in enumerate(parts):
            start = number * part_rows
            rows = order[start : start + part_rows]
            with pa.OSFile(str(part), "rb") as file:
                table = pa.ipc.open_stream(file).read_all().combine_chunks()
            part.unlink()
            at = np.empty(len(rows), dtype=np.int64)  # the part has its rows as the file had them
            at[np.argsort(rows, kind="stable")] = np.arange(len(rows))
            for batch in table.take(pa.array(at)).combine_chunks().to_batches():
                starts.append(start)
                writer.write_batch(batch)
                start += len(batch)
    return starts


def _split(path: Path, place: Ints, *, part_rows: int) -> list[Path]:
    """A file for each ``part_rows`` places, with the rows that come to them."""
    import numpy as np
    import pyarrow as pa

    parts = [path.with_suffix(f".part{number}") for number in range(-(-len(place) // part_rows))]
    writers: list[pa.ipc.RecordBatchStreamWriter] = []
    start = 0
    with pa.OSFile(str(path), "rb") as source:
        file = pa.ipc.open_file(source)
        writers = [pa.ipc.new_stream(str(part), file.schema) for part in parts]
        for number in range(file.num_record_batches):
            batch = file.get_batch(number)
            part_of = place[start : start + len(batch)] // part_rows
            rows = np.argsort(part_of, kind="stable")
            sorted_rows = batch.take(pa.array(rows))
            ends = np.searchsorted(part_of[rows], np.arange(len(parts) + 1))
            for part in np.flatnonzero(np.diff(ends)).tolist():
                piece = sorted_rows.slice(int(ends[part]), int(ends[part + 1] - ends[part]))
                writers[part].write_batch(piece)
            start += len(batch)
    for writer in writers:
        writer.close()
    return parts
