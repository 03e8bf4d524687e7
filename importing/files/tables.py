"""Parquet files, spreadsheets and JSON as Arrow tables with row numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING, TextIO

from django.utils.translation import gettext as _

from importing.errors import BadFile
from importing.files.headings import heading_row
from importing.files.sources import Source

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from importing.arrays import Ints

Batch = tuple["pa.Table", "Ints"]
ROWS_AT_ONCE = 50_000
LINES_NAMES = ("line_items", "lineItems", "items", "lines", "order_items", "products")
MOST_CELLS = 200_000_000


# --- Parquet ---------------------------------------------------------------------------------------------


def parquet_file(source: Source) -> pq.ParquetFile:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(source.path)
    except (pa.ArrowException, OSError) as error:
        raise BadFile(
            _("%(name)s is no complete Parquet file (%(why)s). It may have been cut short: copy it again.")
            % {"name": source.name, "why": str(error).strip().split("\n")[0]}
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
            except (pa.ArrowException, OSError) as error:
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
    """The first sheet of a workbook that holds a table."""

    def __init__(self, source: Source) -> None:
        from python_calamine import CalamineError, CalamineWorkbook

        rows: list[list[object]] = []
        try:
            with CalamineWorkbook.from_path(str(source.path)) as book:
                for name in book.sheet_names:
                    rows = [list(row) for row in islice(book.get_sheet_by_name(name).iter_rows(), 1_100_000)]
                    if any(sum(value not in ("", None) for value in row) > 1 for row in rows[:50]):
                        break
        except (CalamineError, OSError, ValueError, OverflowError) as error:
            raise BadFile(
                _("%(name)s is no spreadsheet that can be read (%(why)s); save it as XLSX or CSV.")
                % {"name": source.name, "why": str(error).strip().split("\n")[0][:120]}
            ) from None
        texts = [[cell_text(value) for value in row] for row in rows[:60]]
        if not any(any(row) for row in texts):
            raise BadFile(_("%(name)s is empty: it has no heading line.") % {"name": source.name})
        at = heading_row(texts)
        self.header = tuple(name.strip() for name in texts[at])
        self.rows = rows[at + 1 :]
        self.first_row = at + 2

    def batches(self, headings: Sequence[str]) -> Iterator[Batch]:
        positions = [self.header.index(name) for name in headings]
        for start in range(0, len(self.rows), ROWS_AT_ONCE):
            some = [
                (number, texts)
                for number, row in enumerate(self.rows[start : start + ROWS_AT_ONCE], start=start + 1)
                if any(texts := [cell_text(row[at]) if at < len(row) else "" for at in positions])
            ]
            yield _table([texts for _number, texts in some], headings), _numbers([n for n, _texts in some])


def cell_text(value: object) -> str:
    """A cell as a CSV export would write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
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
        for number, found in self._objects():
            if not isinstance(found, dict):
                raise BadFile(
                    _("%(name)s, row %(row)d: a JSON file must hold one object a line, or a list of objects.")
                    % {"name": self.source.name, "row": number}
                )
            name, lines = _lines_of(found)
            head = {key: value for key, value in _flattened(found).items() if key != name}
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


def _lines_of(found: Mapping[str, object]) -> tuple[str, list[dict[str, object]]]:
    for name in LINES_NAMES:
        value = found.get(name)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            return name, value
    return "", []


def _flattened(found: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in found.items():
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
