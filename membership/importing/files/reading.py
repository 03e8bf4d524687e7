"""Files as chunks of rows: CSV and Parquet alike become Arrow tables with row numbers.

A row's *number* counts the data rows from 1. Malformed CSV rows have numbers too; they are handed out
beside the good rows of the chunk in which they lie.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from membership.csv_cells import plain_cell
from membership.importing.errors import BadFile
from membership.importing.files.sources import Source, open_bytes

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

CHUNK_ROWS = 75_000
CSV_BLOCK_BYTES = 16 << 20  # also the longest row that can be read


@dataclass(frozen=True)
class Malformed:
    """A CSV row with too few or too many fields, or with a quote that is never closed."""

    number: int
    text: str
    expected: int
    found: int


@dataclass
class Chunk:
    """Some rows. ``end`` is the number of the last row, good or malformed, that lies in it.

    ``before`` and ``after`` are malformed rows beside the first and last good row that another chunk counts:
    they may belong to the same order.
    """

    table: pa.Table
    numbers: npt.NDArray[np.int64]
    malformed: list[Malformed]
    end: int
    before: list[Malformed] = field(default_factory=list)
    after: list[Malformed] = field(default_factory=list)
    delimiter: str = ","

    @property
    def n_rows(self) -> int:
        return len(self.numbers)


def column_names(source: Source) -> tuple[str, ...]:
    """The file's columns as they are called there. Raises BadFile for an unreadable Parquet file."""
    if not source.is_parquet:
        return source.header
    with _parquet(source) as file:
        return tuple(file.schema_arrow.names)


def row_count(source: Source) -> int:
    """Data rows; for CSV an estimate from its line ends, which quoted fields may hold too."""
    if not source.is_parquet:
        return max(source.line_count - 1, 0)
    with _parquet(source) as file:
        return int(file.metadata.num_rows)


def chunks(source: Source, *, after: int = 0, chunk_rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """The rows whose number is above ``after``, about ``chunk_rows`` at a time."""
    rows = _parquet_rows(source, chunk_rows) if source.is_parquet else _csv_rows(source)
    last_good = 0
    trailing: list[Malformed] = []  # malformed rows since the last good one
    for table, numbers, malformed in rows:
        for start in range(0, max(len(numbers), 1), chunk_rows):
            part = numbers[start : start + chunk_rows]
            bound = int(part[-1]) if start + chunk_rows < len(numbers) else None
            now = [row for row in malformed if bound is None or row.number <= bound]
            malformed = malformed[len(now) :]
            skip = int((part <= after).sum())
            chunk = Chunk(
                table=table.slice(start + skip, chunk_rows - skip),
                numbers=part[skip:],
                malformed=[row for row in now if row.number > after],
                end=max([last_good, *part[-1:].tolist(), *(row.number for row in now)]),
                before=trailing + [row for row in now if row.number <= after],
                delimiter=source.delimiter,
            )
            last_good = int(part[-1]) if len(part) else last_good
            trailing = [row for row in trailing + now if row.number > last_good]
            if chunk.n_rows or chunk.malformed:
                yield chunk


def _parquet(source: Source) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(source.path)
    except (pa.ArrowException, OSError) as error:
        raise BadFile(
            _("%(name)s is no complete Parquet file (%(why)s). It may have been cut short: copy it again.")
            % {"name": source.path.name, "why": str(error).strip().split("\n")[0]}
        ) from None


def _parquet_rows(source: Source, chunk_rows: int) -> Iterator[tuple[pa.Table, Any, list[Malformed]]]:
    import numpy as np
    import pyarrow as pa

    number = 1
    with _parquet(source) as file:
        batches = file.iter_batches(batch_size=chunk_rows)
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError) as error:
                raise BadFile(
                    _("%(name)s is damaged after row %(row)d (%(why)s): copy it again.")
                    % {"name": source.path.name, "row": number - 1, "why": str(error).split("\n")[0]}
                ) from None
            if batch is None:
                return
            yield pa.Table.from_batches([batch]), np.arange(number, number + len(batch)), []
            number += len(batch)


def _csv_rows(source: Source) -> Iterator[tuple[pa.Table, Any, list[Malformed]]]:
    import pyarrow as pa

    reader = _CsvReader(source)
    with open_bytes(source.path) as file:
        try:
            for table, numbers, malformed in reader.read(file):
                yield _plain(table) if source.is_rejects else table, numbers, malformed
        except pa.ArrowInvalid as error:
            raise BadFile(
                _(
                    "%(name)s cannot be read after row %(row)d (%(why)s). "
                    "A row must end within %(mb)d MB: is a quote left open?"
                )
                % {
                    "name": source.path.name,
                    "row": reader.number,
                    "why": str(error).strip().split("\n")[0],
                    "mb": CSV_BLOCK_BYTES >> 20,
                }
            ) from None


def _plain(table: pa.Table) -> pa.Table:
    """The cells of a rejects file as they were before they were guarded."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for position, name in enumerate(table.column_names):
        column = table.column(position)
        if pc.any(pc.starts_with(column, "'")).as_py():
            plain = pa.array([plain_cell(cell) for cell in column.to_pylist()], pa.string())
            table = table.set_column(position, name, plain)
    return table


class _CsvReader:
    """Arrow's streaming CSV reader with row numbers, blank lines left out and open quotes mended.

    A quote that is opened and not closed swallows the rows after it, up to the next quote. Arrow then sees
    one row of the wrong length over several lines; those lines are read again one by one.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.names = list(source.header)
        self.number = 0  # of the last row handed out
        self._shift = 0  # rows that Arrow counted as part of a swallowing one
        self._invalid: list[Any] = []

    def read(self, file: Any) -> Iterator[tuple[pa.Table, Any, list[Malformed]]]:
        import pyarrow as pa
        import pyarrow.csv as arrow_csv

        columns = [str(index) for index in range(len(self.names))]  # the file's own may repeat
        batches = arrow_csv.open_csv(
            pa.PythonFile(file, mode="r"),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,  # only then are invalid rows numbered
                block_size=CSV_BLOCK_BYTES,
                encoding="utf8" if self.source.encoding in ("utf-8", "utf-8-sig") else self.source.encoding,
                skip_rows=1,
                column_names=columns,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.source.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._keep,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in columns}, strings_can_be_null=False
            ),
        )
        for batch in batches:
            yield self._numbered(pa.Table.from_batches([batch]).rename_columns(self.names))
        if self._invalid:
            empty = pa.table([pa.array([], pa.string())] * len(columns), names=self.names)
            yield self._numbered(empty, is_last=True)

    def _keep(self, row: Any) -> str:
        self._invalid.append((row.number - 1, row.text, row.actual_columns))  # the heading is Arrow's row 1
        return "skip"

    def _numbered(self, table: pa.Table, *, is_last: bool = False) -> tuple[pa.Table, Any, list[Malformed]]:
        import numpy as np

        first = self.number + 1 - self._shift
        candidates = np.arange(first, first + table.num_rows + len(self._invalid))
        candidates = np.setdiff1d(candidates, [number for number, _text, _found in self._invalid])
        numbers = candidates[: table.num_rows]
        end = int(numbers[-1]) if len(numbers) else first - 1
        here = [row for row in self._invalid if is_last or row[0] < end]
        self._invalid = [row for row in self._invalid if not is_last and row[0] > end]
        table, numbers, malformed = self._mended(table, numbers, here)
        self.number = max([self.number, *numbers[-1:].tolist(), *(row.number for row in malformed)])
        keep = ~self._blank(table)
        return (table, numbers, malformed) if keep.all() else (table.filter(keep), numbers[keep], malformed)

    def _mended(
        self, table: pa.Table, numbers: Any, invalid: list[Any]
    ) -> tuple[pa.Table, Any, list[Malformed]]:
        """The table with the rows that an open quote had swallowed back in their places."""
        import numpy as np
        import pyarrow as pa

        tables, all_numbers, malformed, start = [], [], [], 0
        for number, text, found in invalid:
            stop = int(np.searchsorted(numbers, number))
            tables.append(table.slice(start, stop - start))
            all_numbers.append(numbers[start:stop] + self._shift)
            start = stop
            lines = text.replace("\r\n", "\n").split("\n")
            good, bad = self._split(lines, first=number + self._shift, found=found)
            malformed += bad
            if good:
                columns = list(zip(*(fields for _number, fields in good), strict=True))
                tables.append(pa.table([pa.array(c, pa.string()) for c in columns], names=self.names))
                all_numbers.append(np.array([line_number for line_number, _fields in good]))
            self._shift += len(lines) - 1
        tables.append(table.slice(start))
        all_numbers.append(numbers[start:] + self._shift)
        return pa.concat_tables(tables), np.concatenate(all_numbers), malformed

    def _split(
        self, lines: list[str], *, first: int, found: int
    ) -> tuple[list[tuple[int, list[str]]], list[Malformed]]:
        good, bad = [], []
        for number, line in enumerate(lines, start=first):
            try:
                fields = next(csv.reader([line], delimiter=self.source.delimiter, strict=True), [])
            except csv.Error:
                fields = []
            if len(lines) > 1 and len(fields) == len(self.names):
                good.append((number, fields))
            elif line.strip() or len(lines) == 1:
                expected = len(self.names)
                bad.append(Malformed(number, line, expected, len(fields) if len(lines) > 1 else found))
        return good, bad

    @staticmethod
    def _blank(table: pa.Table) -> Any:
        """Which rows are blank lines: every field is empty."""
        import numpy as np
        import pyarrow.compute as pc

        blank = np.ones(table.num_rows, dtype=bool)
        for column in table.columns:
            if not blank.any():
                break
            blank &= pc.equal(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
        return blank
