"""Parquet files, spreadsheets and JSON as Arrow tables with row numbers."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TextIO

from django.utils.translation import gettext as _

from importing.errors import BadFile
from importing.files.headings import heading_row, unique_headings
from importing.files.sources import Source
from importing.presets.loading import plain_heading

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from python_calamine import CalamineSheet

    from importing.arrays import Ints

Batch = tuple["pa.Table", "Ints"]
ROWS_AT_ONCE = 50_000
LINES_NAMES = ("line_items", "lineItems", "items", "lines", "order_items", "products")
MOST_CELLS = 200_000_000
EXACT_TO = 1e15
"""A spreadsheet keeps fifteen digits of a number."""


# --- Parquet ---------------------------------------------------------------------------------------------


def parquet_file(source: Source) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(source.path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadFile(
            _("%(name)s is no complete Parquet file (%(why)s). It may have been cut short: copy it again.")
            % {"name": source.name, "why": str(error).strip().split("\n")[0]}
        ) from None


def parquet_headings(source: Source) -> tuple[str, ...]:
    with parquet_file(source) as file:
        try:
            return tuple(file.schema_arrow.names)
        except ValueError as error:
            raise BadFile(
                _("%(name)s is damaged after row %(row)d (%(why)s): copy it again.")
                % {"name": source.name, "row": 0, "why": str(error).split("\n")[0]}
            ) from None


def parquet_rows(source: Source, *, headings: Sequence[str]) -> Iterator[Batch]:
    import numpy as np
    import pyarrow as pa

    number = 1
    with parquet_file(source) as file:
        batches = file.iter_batches(batch_size=ROWS_AT_ONCE, columns=list(headings))
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError, ValueError) as error:
                raise BadFile(
                    _("%(name)s is damaged after row %(row)d (%(why)s): copy it again.")
                    % {"name": source.name, "row": number - 1, "why": str(error).split("\n")[0]}
                ) from None
            if batch is None:
                return
            yield (
                pa.Table.from_batches([batch]).select(list(headings)),
                np.arange(number, number + len(batch)),
            )
            number += len(batch)


# --- XLSX, XLS, ODS --------------------------------------------------------------------------------------


class Sheet:
    """The sheet of a workbook whose headings are ``known`` best; of equal ones the first with a table.

    Sheets with the same headings, as one for each month, follow each other. Hidden sheets are taken only
    where no other has a table. ``name`` is "" where there is one sheet only.
    """

    def __init__(self, source: Source, *, known: Collection[str] = frozenset()) -> None:
        from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

        tables: list[_Table] = []
        try:
            with CalamineWorkbook.from_path(str(source.path)) as book:
                shown = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
                for names in (shown, [name for name in book.sheet_names if name not in shown]):
                    for name in names:
                        table = _table_of(book.get_sheet_by_name(name), known=known)
                        if table is not None:
                            tables = [one for one in tables if one.score >= table.score]
                            tables += [table] if not tables or tables[0].score == table.score else []
                    if tables:
                        break
                several = len(shown) > 1
        except (CalamineError, OSError, ValueError, OverflowError) as error:
            raise BadFile(
                _("%(name)s is no spreadsheet that can be read (%(why)s); save it as XLSX or CSV.")
                % {"name": source.name, "why": str(error).strip().split("\n")[0][:120]}
            ) from None
        if not tables:
            raise BadFile(_("%(name)s is empty: it has no heading line.") % {"name": source.name})
        best = tables[0]
        alike = [one for one in tables if one.header == best.header]
        self.name = ", ".join(one.name for one in alike) if several else ""
        self.header = unique_headings(best.header)
        self.rows = [row for one in alike for row in one.rows] if len(alike) > 1 else best.rows
        self.first_row = best.first_row

    def batches(self, headings: Sequence[str]) -> Iterator[Batch]:
        place = {name: at for at, name in reversed(list(enumerate(self.header)))}
        positions = [place[name] for name in headings]
        for start in range(0, len(self.rows), ROWS_AT_ONCE):
            some = [
                (number, texts)
                for number, row in enumerate(self.rows[start : start + ROWS_AT_ONCE], start=start + 1)
                if any(texts := [cell_text(row[at]) if at < len(row) else "" for at in positions])
            ]
            yield _table([texts for _number, texts in some], headings), _numbers([n for n, _texts in some])


class _Table(NamedTuple):
    name: str
    header: list[str]
    rows: list[list[object]]
    first_row: int
    score: int


def _table_of(sheet: CalamineSheet, *, known: Collection[str]) -> _Table | None:
    """A sheet's heading and rows; None where it is empty."""
    rows: list[list[object]] = [list(row) for row in islice(sheet.iter_rows(), 1_100_000)]
    texts = [[cell_text(value) for value in row] for row in rows[:60]]
    if not any(any(row) for row in texts):
        return None
    _fill_merged(rows, sheet)
    at = heading_row(texts)
    header = [name.strip() for name in texts[at]]
    wide = sum(bool(name) for name in header) > 1
    score = 2 * len({plain_heading(name) for name in header} & set(known)) + wide
    return _Table(sheet.name, header, rows[at + 1 :], at + 2, score)


def _fill_merged(rows: list[list[object]], sheet: CalamineSheet) -> None:
    """Cells merged downwards: each row has the value, as an order number that stands beside its lines."""
    start = sheet.start or (0, 0)
    for (top, left), (bottom, right) in islice(sheet.merged_cell_ranges or (), 100_000):
        if left != right or start != (0, 0):
            continue
        for row in range(top + 1, min(bottom + 1, len(rows))):
            if left < min(len(rows[row]), len(rows[top])):
                rows[row][left] = rows[top][left]


def cell_text(value: object) -> str:
    """A cell as a CSV export would write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if abs(value) >= EXACT_TO:  # of a number its last digits are lost, and "E+" says so
            return f"{value:E}"
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


# --- JSON ------------------------------------------------------------------------------------------------


class JsonRows:
    """JSON Lines, or a list of objects. An object's own objects become ``a.b``; a list of lines becomes
    rows.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        names: dict[str, None] = {}
        for _number, row in islice(self._flat(), 1000):
            names |= dict.fromkeys(row)
        self.header = tuple(names)

    def batches(self, headings: Sequence[str]) -> Iterator[Batch]:
        rows = self._flat()
        while some := list(islice(rows, ROWS_AT_ONCE)):
            texts = [[cell_text(row.get(name)) for name in headings] for _number, row in some]
            yield _table(texts, headings), _numbers([number for number, _row in some])

    def _flat(self) -> Iterator[tuple[int, dict[str, object]]]:
        for number, item in self._objects():
            if not isinstance(item, dict):
                raise BadFile(
                    _("%(name)s, row %(row)d: a JSON file must hold one object a line, or a list of objects.")
                    % {"name": self.source.name, "row": number}
                )
            name, lines = _lines_of(item)
            head = {key: value for key, value in _flattened(item).items() if key != name}
            for line in lines or [{}]:
                yield number, {**_flattened(line), **head, **_flattened(line, f"{name}.")}

    def _objects(self) -> Iterator[tuple[int, object]]:
        with self.source.path.open(encoding=self.source.encoding) as file:
            try:
                first = file.read(1).lstrip("\ufeff")
                while first.isspace():
                    first = file.read(1)
                if first == "[":
                    yield from enumerate(json.loads("[" + file.read()), start=1)
                    return
                for number, line in enumerate(_lines(first, file), start=1):
                    if line.strip():
                        yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise BadFile(
                    _("%(name)s is not JSON (%(why)s).") % {"name": self.source.name, "why": str(error)[:120]}
                ) from None


def _lines(first: str, file: TextIO) -> Iterator[str]:
    yield first + file.readline()
    yield from file


def _lines_of(item: Mapping[str, object]) -> tuple[str, list[dict[str, object]]]:
    for name in LINES_NAMES:
        value = item.get(name)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            return name, value
    return "", []


def _flattened(item: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in item.items():
        if isinstance(value, dict):
            flat |= _flattened(value, f"{prefix}{key}.")
        elif isinstance(value, list):
            flat[f"{prefix}{key}"] = ", ".join(str(one) for one in value if not isinstance(one, dict | list))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _table(rows: list[list[str]], headings: Sequence[str]) -> pa.Table:
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(headings)
    return pa.table([pa.array(column, pa.string()) for column in columns], names=list(headings))


def _numbers(numbers: list[int]) -> Ints:
    import numpy as np

    return np.array(numbers, dtype=np.int64)
