"""CSV files as Arrow tables with row numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from django.utils.translation import gettext as _

from importing.errors import BadFile
from importing.files.reading import Malformed
from importing.files.sources import Source, open_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from importing.arrays import Flags, Ints
    from importing.files.sources import Utf8Rows

CSV_BLOCK_BYTES = 16 << 20  # also the longest row that can be read


def csv_rows(source: Source, *, used: Sequence[int]) -> Iterator[tuple[pa.Table, Ints, list[Malformed]]]:
    import pyarrow as pa

    reader = CsvReader(source, used=used)
    with open_rows(source) as file:
        try:
            yield from reader.read(file)
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):  # a heading alone
                yield reader.nothing()
                return
            raise BadFile(
                _(
                    "%(name)s cannot be read after row %(row)d (%(why)s). "
                    "A row must end within %(mb)d MB: is a quote left open?"
                )
                % {
                    "name": source.name,
                    "row": reader.number,
                    "why": str(error).strip().split("\n")[0],
                    "mb": CSV_BLOCK_BYTES >> 20,
                }
            ) from None


class _InvalidRow(Protocol):
    """What Arrow hands to its handler of rows with a wrong number of fields."""

    number: int
    text: str
    actual_columns: int


class _Spoilt(NamedTuple):
    """A row with a quote that was never closed: its own line first, then those that it took in."""

    number: int
    lines: list[str]
    n_fields: int  # fields
    in_table: bool = False  # Arrow took it for a row: what it took in had the right shape


class CsvReader:
    """Arrow's streaming CSV reader with row numbers, blank lines left out and open quotes repaired.

    A quote that is opened and not closed takes in the rows after it, up to the next quote. Arrow then sees
    one row of the wrong length over several lines; those lines are read again one by one.
    """

    def __init__(self, source: Source, *, used: Sequence[int]) -> None:
        self.source = source
        self.n_columns = len(source.header)
        self.used = list(used)
        self.names = [source.header[at] for at in used]
        # all, where a quote is open: the cell that took rows in may be one that nobody asked for
        self._read = list(range(self.n_columns)) if source.odd_quotes else self.used
        self.number = 0  # of the last row handed out
        self._shift = 0  # rows that Arrow counted as part of a row with an open quote
        self._invalid: list[tuple[int, str, int]] = []  # (number, text, fields found)

    def nothing(self) -> tuple[pa.Table, Ints, list[Malformed]]:
        import numpy as np
        import pyarrow as pa

        empty = pa.table([pa.array([], pa.string())] * len(self.used), names=self.names)
        return empty, np.zeros(0, dtype=np.int64), []

    def read(self, file: Utf8Rows) -> Iterator[tuple[pa.Table, Ints, list[Malformed]]]:
        import pyarrow as pa
        import pyarrow.csv as arrow_csv

        columns = [str(index) for index in range(self.n_columns)]  # the file's own may repeat
        used = [columns[at] for at in self._read]
        names = [self.source.header[at] for at in self._read]
        batches = arrow_csv.open_csv(
            pa.PythonFile(file, mode="r"),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,  # only then are invalid rows numbered
                block_size=CSV_BLOCK_BYTES,
                column_names=columns,
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.source.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._keep,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in used},
                include_columns=used,
                strings_can_be_null=False,
            ),
        )
        for batch in batches:
            yield self._numbered(pa.Table.from_batches([batch]).rename_columns(names))
        if self._invalid:
            empty = pa.table([pa.array([], pa.string())] * len(used), names=names)
            yield self._numbered(empty, is_last=True)

    def _keep(self, row: _InvalidRow) -> str:
        self._invalid.append((row.number, row.text, row.actual_columns))
        return "skip"

    def _numbered(self, table: pa.Table, *, is_last: bool = False) -> tuple[pa.Table, Ints, list[Malformed]]:
        import numpy as np

        first = self.number + 1 - self._shift
        candidates = np.arange(first, first + table.num_rows + len(self._invalid))
        candidates = np.setdiff1d(candidates, [number for number, _text, _found in self._invalid])
        numbers = candidates[: table.num_rows]
        end = int(numbers[-1]) if len(numbers) else first - 1
        here = [row for row in self._invalid if is_last or row[0] < end]
        self._invalid = [row for row in self._invalid if not is_last and row[0] > end]
        spoilt = [_Spoilt(number, self._lines_of(text), n_fields) for number, text, n_fields in here]
        spoilt += self._swallowed(table, numbers)
        table, numbers, malformed = self._mended(table, numbers, sorted(spoilt, key=lambda row: row.number))
        self.number = max([self.number, *numbers[-1:].tolist(), *(row.number for row in malformed)])
        table = table.select(self.names) if table.column_names != self.names else table
        keep = ~self._blank(table)
        return (table, numbers, malformed) if keep.all() else (table.filter(keep), numbers[keep], malformed)

    @staticmethod
    def _lines_of(text: str) -> list[str]:
        return text.replace("\r\n", "\n").split("\n")

    def _swallowed(self, table: pa.Table, numbers: Ints) -> list[_Spoilt]:
        """Rows of the right width of which one cell took in rows after it, told by the shape of its lines."""
        import pyarrow.compute as pc

        spoilt: list[_Spoilt] = []
        if not self.source.has_quotes:
            return spoilt
        for position, column in enumerate(table.columns):
            several = pc.match_substring(column, "\n")
            if not pc.any(several).as_py():
                continue
            for at in pc.indices_nonzero(several).to_pylist():
                lines = self._lines_of(column[at].as_py())
                if not self._are_rows(lines, column=self._read[position]):
                    continue
                cells = [table.column(place)[at].as_py() for place in range(table.num_columns)]
                spoilt.append(self._taken_apart(int(numbers[at]), lines, cells=cells, position=position))
        return spoilt

    def _are_rows(self, lines: list[str], *, column: int) -> bool:
        """Whether what follows the first line of a cell are rows of the file, up to this column."""
        inner, last = lines[1:-1], lines[-1]
        is_end = column == self.n_columns - 1 and not last.strip()
        if any(len(self._fields(line)) != self.n_columns for line in inner if line.strip()):
            return False
        if not is_end and len(self._fields(last)) != column + 1:
            return False
        stray = last.endswith('"') and last.count('"') % 2 == 1
        rows = sum(bool(line.strip()) for line in inner)
        return stray or is_end or (self.source.odd_quotes and column == self.n_columns - 1) or rows > 2

    def _taken_apart(self, number: int, lines: list[str], *, cells: list[str], position: int) -> _Spoilt:
        """The bad row, the rows that it had taken in, and the one in which the quote was closed."""
        head = ["" for _column in range(self.n_columns)]
        for place, column in enumerate(self._read):
            if place <= position:
                head[column] = cells[place]
        column = self._read[position]
        start = self.source.delimiter.join([*head[:column], '"' + lines[0]])
        last_line = lines[-1].removesuffix('"')  # its opening quote closed the cell
        if column == self.n_columns - 1:
            return _Spoilt(number, [start, *lines[1:-1], last_line], self.n_columns, in_table=True)
        last = self._fields(last_line)
        rest = ["" for _column in range(self.n_columns)]
        rest[: column + 1] = last
        for place, other in enumerate(self._read):
            if place > position:
                rest[other] = cells[place]
        text = io.StringIO()
        csv.writer(text, delimiter=self.source.delimiter, lineterminator="").writerow(rest)
        return _Spoilt(number, [start, *lines[1:-1], text.getvalue()], self.n_columns, in_table=True)

    def _fields(self, line: str) -> list[str]:
        try:
            return next(csv.reader([line], delimiter=self.source.delimiter), [])
        except csv.Error:
            return []

    def _mended(
        self, table: pa.Table, numbers: Ints, spoilt: list[_Spoilt]
    ) -> tuple[pa.Table, Ints, list[Malformed]]:
        """The table with the rows that an open quote had taken in, back in their places."""
        import numpy as np
        import pyarrow as pa

        tables, all_numbers, malformed, start = [], [], [], 0
        for row in spoilt:
            stop = int(np.searchsorted(numbers, row.number))
            tables.append(table.slice(start, stop - start))
            all_numbers.append(numbers[start:stop] + self._shift)
            start = stop + row.in_table
            good, bad = self._split(row.lines, first=row.number + self._shift, n_fields=row.n_fields)
            malformed += bad
            if good:
                rows = [[fields[at] for at in self._read] for _number, fields in good]
                columns = list(zip(*rows, strict=True))
                names = table.column_names
                tables.append(pa.table([pa.array(c, pa.string()) for c in columns], names=names))
                all_numbers.append(np.array([line_number for line_number, _fields in good]))
            self._shift += len(row.lines) - 1
        tables.append(table.slice(start))
        all_numbers.append(numbers[start:] + self._shift)
        return pa.concat_tables(tables), np.concatenate(all_numbers), malformed

    def _split(
        self, lines: list[str], *, first: int, n_fields: int
    ) -> tuple[list[tuple[int, list[str]]], list[Malformed]]:
        good, bad = [], []
        for number, line in enumerate(lines, start=first):
            try:
                fields = next(csv.reader([line], delimiter=self.source.delimiter, strict=True), [])
            except csv.Error:  # files with tabs quote nothing: there a quote mark is part of the value
                fields = line.split("\t") if self.source.delimiter == "\t" else []
            if (len(lines) > 1 or self.source.delimiter == "\t") and len(fields) == self.n_columns:
                good.append((number, fields))
            elif line.strip() or len(lines) == 1:
                expected = self.n_columns
                bad.append(Malformed(number, line, expected, len(fields) if len(lines) > 1 else n_fields))
        return good, bad

    @staticmethod
    def _blank(table: pa.Table) -> Flags:
        """Which rows are blank lines: every field is empty."""
        import numpy as np
        import pyarrow.compute as pc

        blank = np.ones(table.num_rows, dtype=bool)
        for column in table.columns:
            if not blank.any():
                break
            blank &= pc.equal(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
        return blank
