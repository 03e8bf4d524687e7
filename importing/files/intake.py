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
from importing.files.facts import Facts
from importing.files.filters import (
    drop_totals,
    explains_columns,
    is_footer,
    kept_rows,
    plain_cells,
    without_remarks,
)
from importing.files.joining import Joined, join_key
from importing.files.opened import Opened, open_files
from importing.files.packed import packed_columns, unpack_rows, virtual_headings
from importing.files.reading import Malformed
from importing.files.sources import REJECTS_HEADING, Source
from importing.files.spill import Spill, Translate
from importing.files.translating import translate
from importing.mapping import Overrides, Plan, make_plan
from importing.presets.loading import known_headings, plain_heading
from importing.registry import import_kind
from importing.whole_orders.continued import Continued
from membership.cleaning.columns import keys_at_once

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from importing.arrays import Flags

MAX_LINES = 200_000  # of one order: more means that another column was taken for the order number


@dataclass
class Intake:
    spill: Spill
    facts: Facts
    plan: Plan
    source: Source
    encoding: str


def take_in(
    *,
    kind: str,
    path: Path,
    joins: Sequence[Path],
    overrides: Overrides,
    encoding: str | None,
    now: datetime,
    work: Path,
) -> Intake:
    """Read everything. Raises BadFile."""
    base, others, unread = open_files((path, *joins), kind=kind, work=work, encoding=encoding)
    headings = list(base.headings)
    for file in others:
        headings += _added(file, headings, kind=kind).values()
    headings += virtual_headings(kind, headings)
    plan = make_plan(kind=kind, headings=headings, overrides=overrides)
    own = base.headings[:4] == REJECTS_HEADING
    if own:
        plan = replace(plan, unused=tuple(name for name in plan.unused if name not in REJECTS_HEADING))
    plan = replace(plan, unused=(*plan.unused, *unread), sheet=base.sheet)
    joined = _joined(base, others, plan=plan)
    facts = Facts(plan=plan, fields=import_kind(kind).fields(now))
    spill = Spill(work / "rows.arrow")
    _read_all(base, joined, plan=plan, facts=facts, spill=spill, own=own)
    spill.finish()
    return Intake(spill=spill, facts=facts, plan=plan, source=base.source, encoding=base.source.encoding)


def _joined(base: Opened, others: Sequence[Opened], *, plan: Plan) -> list[Joined]:
    joined = []
    headings = list(base.headings)
    known: dict[str, Sequence[str]] = dict(plan.preset.columns) if plan.preset else {}
    known = {**known, **{name: (*plan.sources.get(name, ()), *known.get(name, ())) for name in plan.sources}}
    for file in others:
        here, there = join_key(headings, file.headings, known=known, name=file.source.name)
        added = _added(file, headings, kind=plan.kind)
        names = {**{name: added[name] for name in added if name}, there: there}
        tables = [
            table.rename_columns([names[name] for name in table.column_names])
            for table, _numbers, _bad in file.batches(list(names))
        ]
        if tables:
            import pyarrow as pa

            joined.append(Joined(pa.concat_tables(tables), key=here, own_key=there))
        headings += [name for name in names.values() if name not in headings]
    return joined


def _added(file: Opened, headings: Sequence[str], *, kind: str) -> dict[str, str]:
    """The file's columns that join those with ``headings``, and their names beside them.

    One that is there already is another amount of the same name, where a system is known to have such.
    """
    there, known = set(headings), known_headings(kind)
    names = {name: name if name not in there else f"{name} (2)" for name in file.headings}
    return {
        name: beside
        for name, beside in names.items()
        if beside not in there and (beside == name or plain_heading(beside) in known)
    }


def _read_all(
    base: Opened, joined: Sequence[Joined], *, plan: Plan, facts: Facts, spill: Spill, own: bool
) -> None:
    packed = plan.preset.packed if plan.preset else {}
    wanted = {*plan.headings, *(one.key for one in joined)}
    wanted.update(packed_columns(packed, base.headings))
    if own:
        wanted |= set(REJECTS_HEADING[:2])
    read = [name for name in base.headings if name in wanted]
    seen: set[str] = set()
    tainted: set[str] = set()
    is_first = True
    continued = Continued(plan)
    for table, numbers, malformed in base.batches(read):
        if own:
            table, numbers = without_remarks(plain_cells(table), numbers, kind=plan.kind, seen=seen)
        for one in joined:
            table = one.add_to(table)
        if packed_columns(packed, table.column_names):
            table, numbers = unpack_rows(table, numbers, packed=packed, headings=plan.headings)
        table = table.select(plan.headings)
        ours = translate(table, plan)
        filled = continued.fill(table, ours)
        if filled is not table:
            table, ours = filled, translate(filled, plan)
        keep = kept_rows(ours, plan) & drop_totals(ours, fields=facts.fields)
        if is_first and len(keep):
            keep[0] &= not explains_columns(ours, fields=facts.fields)
            is_first = False
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


def _order_numbers(malformed: Sequence[Malformed], *, base: Opened, plan: Plan) -> Iterator[str]:
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
