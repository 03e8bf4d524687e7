"""One file, or several joined, read once: onto disk as the rows that count, with what only the whole file
says.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from importing.errors import BadFile
from importing.files.csv_rows import csv_rows
from importing.files.facts import Facts
from importing.files.filters import drop_totals, is_footer, kept_rows, plain_cells, without_remarks
from importing.files.joining import Joined, join_key
from importing.files.packed import unpack_rows, virtual_headings
from importing.files.reading import Malformed
from importing.files.sources import REJECTS_HEADING, Source, open_source
from importing.files.spill import Spill, Translate
from importing.files.tables import JsonRows, Sheet, parquet_file, parquet_rows
from importing.files.translating import translate
from importing.mapping import Asked, Plan, make_plan
from importing.presets.loading import all_presets
from importing.registry import import_kind
from membership.cleaning.columns import keys_at_once

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from importing.arrays import Flags, Ints

LINE_COLUMNS = ("sku", "product_name", "quantity", "unit_price", "line_total")
MAX_LINES = 200_000  # of one order: more means that another column was taken for the order number


@dataclass
class Intake:
    spill: Spill
    facts: Facts
    plan: Plan
    source: Source
    encoding: str


class _File:
    """One open file: its headings, and its rows with the columns that are asked for."""

    def __init__(self, path: Path, *, work: Path, encoding: str | None) -> None:
        self.source = open_source(path, work=work, encoding=encoding)
        self.reader: Sheet | JsonRows | None = None
        if self.source.form == "sheet":
            self.reader = Sheet(self.source)
            self.source = replace(self.source, first_row=self.reader.first_row)
        elif self.source.form == "json":
            self.reader = JsonRows(self.source)
        self.headings = self._headings()

    def _headings(self) -> tuple[str, ...]:
        if self.reader is not None:
            return self.reader.header
        if self.source.form == "parquet":
            with parquet_file(self.source) as file:
                return tuple(file.schema_arrow.names)
        return self.source.header

    def batches(self, headings: Sequence[str]) -> Iterator[tuple[pa.Table, Ints, list[Malformed]]]:
        if self.source.form == "csv":
            positions = [self.headings.index(name) for name in headings]
            yield from csv_rows(self.source, used=positions)
            return
        rows = (
            parquet_rows(self.source, headings=headings)
            if self.reader is None
            else self.reader.batches(headings)
        )
        for table, numbers in rows:
            yield table, numbers, []


def take_in(
    *,
    kind: str,
    path: Path,
    joins: Sequence[Path],
    asked: Asked,
    encoding: str | None,
    now: datetime,
    work: Path,
) -> Intake:
    """Read everything. Raises BadFile."""
    files = [_File(one, work=work, encoding=encoding) for one in (path, *joins)]
    base = max(files, key=lambda file: _line_columns(kind, file.headings)) if joins else files[0]
    others = [file for file in files if file is not base]
    headings = list(base.headings)
    for file in others:
        headings += [name for name in file.headings if name not in headings]
    headings += virtual_headings(kind, headings)
    plan = make_plan(kind=kind, headings=headings, asked=asked)
    own = base.headings[:4] == REJECTS_HEADING
    if own:
        plan = replace(plan, unused=tuple(name for name in plan.unused if name not in REJECTS_HEADING))
    joined = _joined(base, others, plan=plan)
    facts = Facts(plan=plan, fields=import_kind(kind).fields(now))
    spill = Spill(work / "rows.arrow")
    _read_all(base, joined, plan=plan, facts=facts, spill=spill, own=own)
    spill.finish()
    return Intake(spill=spill, facts=facts, plan=plan, source=base.source, encoding=base.source.encoding)


def _line_columns(kind: str, headings: Sequence[str]) -> int:
    """How many of an order line's own columns the headings may be: the most of them name the file with the
    lines.
    """
    from importing.presets.loading import plain_heading

    plain = set(map(plain_heading, headings))
    known = [preset for kinds in all_presets().values() if (preset := kinds.get(kind))]
    return max(
        (sum(bool(plain & set(map(plain_heading, preset.columns.get(name, ())))) for name in LINE_COLUMNS))
        for preset in known
    )


def _joined(base: _File, others: Sequence[_File], *, plan: Plan) -> list[Joined]:
    joined = []
    headings = list(base.headings)
    known: dict[str, Sequence[str]] = dict(plan.preset.columns) if plan.preset else {}
    known = {**known, **{name: (*plan.sources.get(name, ()), *known.get(name, ())) for name in plan.sources}}
    for file in others:
        here, there = join_key(headings, file.headings, known=known, name=file.source.name)
        wanted = [name for name in file.headings if name not in headings or name == there]
        tables = [table for table, _numbers, _bad in file.batches(wanted)]
        if tables:
            import pyarrow as pa

            joined.append(Joined(pa.concat_tables(tables), key=here, own_key=there))
        headings += [name for name in wanted if name not in headings]
    return joined


def _read_all(
    base: _File, joined: Sequence[Joined], *, plan: Plan, facts: Facts, spill: Spill, own: bool
) -> None:
    packed = plan.preset.packed if plan.preset else {}
    wanted = {*plan.headings, *(one.key for one in joined)}
    wanted |= {packed["column"]} if packed and packed["column"] in base.headings else set()
    if own:
        wanted |= set(REJECTS_HEADING[:2])
    read = [name for name in base.headings if name in wanted]
    seen: set[str] = set()
    tainted: set[str] = set()
    for table, numbers, malformed in base.batches(read):
        if own:
            table, numbers = without_remarks(plain_cells(table), numbers, kind=plan.kind, seen=seen)
        for one in joined:
            table = one.add_to(table)
        if packed and packed["column"] in table.column_names:
            table, numbers = unpack_rows(table, numbers, packed=packed, headings=plan.headings)
        table = table.select(plan.headings)
        ours = translate(table, plan)
        keep = kept_rows(ours, plan) & drop_totals(ours, fields=facts.fields)
        if not keep.all():
            table, ours, numbers = _masked(table, keep), _masked(ours, keep), numbers[keep]
        facts.see(ours)
        spill.append(table, numbers, _group_keys(ours, plan.kind))
        spill.malformed += malformed
        tainted.update(_order_numbers(malformed, base=base, plan=plan))
    spill.malformed = [row for row in spill.malformed if not is_footer(row, spill)]
    spill.tainted = frozenset(tainted)


def _masked(table: pa.Table, keep: Flags) -> pa.Table:
    import pyarrow as pa

    return table.filter(pa.array(keep))


def _group_keys(ours: pa.Table, kind: str) -> npt.NDArray[np.uint64] | None:
    """A number a row that is equal for equal order numbers; 0 where there is none."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    name = import_kind(kind).group_by
    if not name:
        return None
    column = ours.column(name)
    column = column.cast(pa.string()) if not pa.types.is_string(column.type) else column
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    covered, plain = keys_at_once(encoded.dictionary, max_length=60)
    rest = np.flatnonzero(~covered).tolist()
    for at, value in zip(rest, encoded.dictionary.take(pa.array(rest, pa.int64())).to_pylist(), strict=True):
        plain[at] = plain_number_of(value)
    values = np.array(plain, dtype=object)
    hashes = (
        pd.util.hash_array(values, categorize=False) | np.uint64(1) if len(values) else np.zeros(0, np.uint64)
    )
    hashes = np.append(np.where(values == "", np.uint64(0), hashes) if len(values) else hashes, np.uint64(0))
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.asarray(hashes[codes], dtype=np.uint64)


def plain_number_of(value: str) -> str:
    """An order number as it will be cleaned, near enough to group by."""
    from membership.cleaning.conventions import key_cell
    from membership.cleaning.values import Unclean, clean_key

    if value is None or (value.isascii() and value.isalnum()):
        return value or ""
    try:
        return clean_key(key_cell(value), max_length=60) or ""
    except Unclean:
        return value


def _order_numbers(malformed: Sequence[Malformed], *, base: _File, plan: Plan) -> Iterator[str]:
    """Numbers that malformed rows show where the order number would be."""
    name = import_kind(plan.kind).group_by
    if not malformed or not name or not plan.sources.get(name) or plan.sources[name][0] not in base.headings:
        return
    at = base.headings.index(plan.sources[name][0])
    for row in malformed:
        try:
            cells = next(csv.reader([row.text], delimiter=base.source.delimiter), [])
        except csv.Error:
            continue
        if at < len(cells) and cells[at].strip():
            yield plain_number_of(cells[at])


def check_groups(intake: Intake) -> None:
    """Raises BadFile when what was taken for the order number is none."""
    from django.utils.translation import gettext as _

    if intake.spill.longest_group() > MAX_LINES:
        column = intake.plan.sources[import_kind(intake.plan.kind).group_by][0]
        raise BadFile(
            _("More than %(n)d rows share one order number: is %(column)s the order number?")
            % {"n": MAX_LINES, "column": column}
        )


def translator(plan: Plan) -> Translate:
    return partial(translate, plan=plan)
