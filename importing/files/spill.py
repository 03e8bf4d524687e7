"""Rows on disk between reading and writing: handed out in chunks, those of one order together.

A file is read once, into an Arrow file of the columns that are used. Where the rows of an order are apart,
that file is rearranged once: memory holds a part of it and some numbers for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from importing.files.reading import Chunk, Malformed

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from importing.arrays import Ints

Translate = Callable[["pa.Table"], "pa.Table"]
PART_ROWS = 65_536
MOST_PARTS = 200  # files that are open at a time


class Spill:
    """Append batches, ``finish``, then read ``chunks``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.malformed: list[Malformed] = []
        self.tainted: frozenset[str] = frozenset()
        self.n_rows = 0
        self._numbers: list[npt.NDArray[np.int64]] = []
        self._groups: list[npt.NDArray[np.uint64]] = []
        self._starts: list[int] = []
        self._writer: pa.ipc.RecordBatchFileWriter = None
        self._file: pa.ipc.RecordBatchFileReader = None
        self._group: npt.NDArray[np.int64] | None = None  # of each row handed out

    def append(
        self, table: pa.Table, numbers: npt.NDArray[np.int64], groups: npt.NDArray[np.uint64] | None
    ) -> None:
        import pyarrow as pa

        if self._writer is None:
            self._writer = pa.ipc.new_file(str(self.path), table.schema)
        for batch in table.cast(self._writer_schema(table)).combine_chunks().to_batches():
            self._starts.append(self.n_rows)
            self._writer.write_batch(batch)
            self.n_rows += len(batch)
        self._numbers.append(numbers)
        if groups is not None:
            self._groups.append(groups)

    def _writer_schema(self, table: pa.Table) -> pa.Schema:
        if not hasattr(self, "_schema"):
            self._schema = table.schema
        return self._schema

    @property
    def last_number(self) -> int:
        """Of the rows so far; 0 without any."""
        return max((int(numbers[-1]) for numbers in self._numbers if len(numbers)), default=0)

    def finish(self) -> None:
        """All rows are in: work out in which order they are handed out."""
        import numpy as np
        import pyarrow as pa

        if self._writer is None:
            return
        self._writer.close()
        self._numbers = [np.concatenate(self._numbers)]
        if self._groups:
            order = self._gathered(np.concatenate(self._groups))
            self._groups = []
            if order is not None:
                self._starts = rearrange(self.path, order)
                self._numbers = [self._numbers[0][order]]
        self._file = pa.ipc.open_file(pa.OSFile(str(self.path)))

    def _gathered(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64] | None:
        """The order in which rows of one key are together, where the first of them lies; None if they are.

        A key of 0 is a row of its own.
        """
        import numpy as np

        if not len(keys):
            return None
        alone = keys == 0
        starts = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]) | alone[1:]])
        run_keys = keys[starts]
        named = run_keys[run_keys != 0]
        if len(np.unique(named)) == len(named):
            begins = np.zeros(len(keys), dtype=np.int64)
            begins[starts] = 1
            self._group = np.cumsum(begins)
            return None
        _values, first, inverse = np.unique(run_keys, return_index=True, return_inverse=True)
        place = np.where(run_keys == 0, np.arange(len(run_keys)), first[inverse])
        of_row = place.repeat(np.diff(np.r_[starts, len(keys)]))
        order: npt.NDArray[np.int64] = np.argsort(of_row, kind="stable")
        self._group = of_row[order]
        return order

    def chunks(
        self, *, after: int, chunk_rows: int | Callable[[], int], translate: Translate
    ) -> Iterator[Chunk]:
        """The rows behind the first ``after`` ones, about ``chunk_rows`` at a time, no group cut in two."""
        malformed = sorted(self.malformed, key=lambda row: row.number)
        if self._file is None:
            return
        numbers = self._numbers[0]
        start = min(after, self.n_rows)
        last = int(numbers[:start].max()) if start else 0
        malformed = [row for row in malformed if row.number >= last]
        while start < self.n_rows or malformed:
            end = self._cut(start, chunk_rows() if callable(chunk_rows) else chunk_rows)
            of_chunk = numbers[start:end]
            last = max(last, int(of_chunk.max()) if len(of_chunk) else 0)
            now = malformed if end >= self.n_rows else [row for row in malformed if row.number < last]
            malformed = malformed[len(now) :]
            original = self._read(start, end)
            yield Chunk(
                table=translate(original), original=original, numbers=of_chunk, malformed=now, end=end,
                tainted=self.tainted,
            )  # fmt: skip
            start = end
            if end >= self.n_rows:
                return

    def _cut(self, start: int, chunk_rows: int) -> int:
        """Where a chunk that begins at ``start`` ends."""
        import numpy as np

        end = min(start + chunk_rows, self.n_rows)
        if self._group is None or end >= self.n_rows:
            return end
        group = self._group[end - 1]
        return int(np.searchsorted(self._group, group, side="right"))

    def longest_group(self) -> int:
        import numpy as np

        if self._group is None or not len(self._group):
            return 0
        return int(np.diff(np.r_[0, np.flatnonzero(np.diff(self._group)) + 1, len(self._group)]).max())

    def _read(self, start: int, end: int) -> pa.Table:
        import numpy as np
        import pyarrow as pa

        if start >= end:
            return self._file.schema.empty_table()
        first = int(np.searchsorted(self._starts, start, side="right")) - 1
        batches = []
        while first < len(self._starts) and self._starts[first] < end:
            batch = self._file.get_batch(first)
            low = max(0, start - self._starts[first])
            batches.append(batch.slice(low, min(end - self._starts[first], len(batch)) - low))
            first += 1
        return pa.Table.from_batches(batches, schema=self._file.schema)


# --- another order of the rows ---------------------------------------------------------------------------


def rearrange(path: Path, order: Ints) -> list[int]:
    """Row i of the file becomes what was row ``order[i]``; the first row of each of its batches.

    By way of files of neighbouring rows: memory holds one of them.
    """
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
