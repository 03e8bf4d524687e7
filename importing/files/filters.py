"""Rows that are not data: totals, footers, rows that a preset leaves out, remarks in a rejects file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from importing.files.reading import Malformed
from importing.files.spill import Spill
from importing.mapping import Plan
from importing.registry import Field
from membership.csv_cells import plain_cell

if TYPE_CHECKING:
    import pyarrow as pa

    from importing.arrays import Flags, Ints

TOTALS = (
    r"^\W*(grand total|sub ?total|totals?|sum|summe|gesamt\w*|zwischensumme|totale|totaux"
    r"|total g[eé]n[eé]ral|suma"
    r"|totaal|合计|总计|小计|合計|总共|共计)\s*[:：]?[\s\d.,]*$"
)
_TOTAL = re.compile(TOTALS, re.IGNORECASE)
FOOTER_FIELDS = 2
_COUNT = re.compile(
    r"\W*\d+\W+(?:record|row|entr|order|line|datens|zeilen|lignes|registros|righe|条|件)", re.IGNORECASE
)
_EXPORT = re.compile(
    r"record|rows?\b|download|export|report|generated|seller id|end of|共\s*\d+", re.IGNORECASE
)
"""What a line below a table speaks of: the export, not a thing in it."""
_DIGIT = re.compile(r"\d")


def kept_rows(ours: pa.Table, plan: Plan) -> Flags:
    """Which rows a preset's ``keep`` and ``skip`` leave; ``*`` is any value."""
    import numpy as np

    keep = np.ones(ours.num_rows, dtype=bool)
    for name, words in plan.rules.get("keep", {}).items():
        if name in ours.column_names:
            keep &= _is_one_of(ours.column(name), words)
    for name, words in plan.rules.get("skip", {}).items():
        if name in ours.column_names:
            keep &= ~_is_one_of(ours.column(name), words)
    return keep


def _is_one_of(column: pa.ChunkedArray, words: Sequence[str]) -> Flags:
    import numpy as np
    import pyarrow as pa

    values = [(value or "").strip().casefold() for value in column.cast(pa.string()).to_pylist()]
    return np.array([bool(value) if "*" in words else value in words for value in values], dtype=bool)


def drop_totals(ours: pa.Table, *, fields: Sequence[Field]) -> Flags:
    """False for rows that add up the others: a word for a total, and a required column without a value."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    keep = np.ones(ours.num_rows, dtype=bool)
    texts = [name for name in ours.column_names if pa.types.is_string(ours.column(name).type)]
    required = [spec.name for spec in fields if spec.required and spec.name in texts]
    word = np.zeros(ours.num_rows, dtype=bool)
    for name in texts[:3] + [one for one in required if one not in texts[:3]]:
        matches = pc.match_substring_regex(ours.column(name), TOTALS, ignore_case=True)
        word |= pc.fill_null(matches, False).to_numpy(zero_copy_only=False)
    if not word.any():
        return keep
    for at in np.flatnonzero(word).tolist():
        values = [(ours.column(name)[at].as_py() or "").strip() for name in required]
        others = [value for value in values if value and not _TOTAL.match(value)]
        keep[at] = len(others) >= max(len(required) - 1, 1) and len(required) > 1
    return keep


def explains_columns(ours: pa.Table, *, fields: Sequence[Field]) -> bool:
    """Whether the first row says in words what each column is: several dates and amounts without a digit."""
    import pyarrow as pa

    values = [
        (ours.column(spec.name)[0].as_py() or "").strip()
        for spec in fields
        if spec.form in ("number", "moment")
        and spec.name in ours.column_names
        and pa.types.is_string(ours.column(spec.name).type)
    ]
    texts = [value for value in values if value]
    return len(texts) > 1 and all(" " in text and not _DIGIT.search(text) for text in texts)


def is_footer(row: Malformed, spill: Spill) -> bool:
    """A line below the table: "12 rows exported", of whom the export is, or a total."""
    if row.n_fields >= row.expected or row.text.count('"') % 2:
        return False
    text = row.text.replace('"', "")
    fields = re.split(r"[,;\t|]", text)
    is_below = row.number > spill.last_number
    filled = sum(bool(field.strip()) for field in fields)
    few = filled <= FOOTER_FIELDS or (filled <= 2 * FOOTER_FIELDS and "record(s)" in text)
    if is_below and few and (_COUNT.match(text) or _speaks_of_export(fields[0])):
        return True
    return bool(_TOTAL.match(fields[0])) or (row.n_fields == 1 and is_below and " " in fields[0])


def _speaks_of_export(text: str) -> bool:
    """Words, not the number of an order that the file cuts."""
    return bool((" " in text.strip() or not text.isascii()) and _EXPORT.search(text))


def plain_cells(table: pa.Table) -> pa.Table:
    """The cells of a rejects file as they were before they were guarded against formulas."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for position, name in enumerate(table.column_names):
        column = table.column(position)
        if pa.types.is_string(column.type) and pc.any(pc.starts_with(column, "'")).as_py():
            plain = pa.array([plain_cell(cell or "") for cell in column.to_pylist()], pa.string())
            table = table.set_column(position, name, plain)
    return table


def without_remarks(table: pa.Table, numbers: Ints, *, kind: str, seen: set[str]) -> tuple[pa.Table, Ints]:
    """A rejects file has a line for each remark too: a row of the original is taken once.

    A row with a remark only was taken; of an order it is not all, so there it is left out.
    """
    import numpy as np
    import pyarrow as pa

    outcomes = table.column("outcome").to_pylist()
    rows = table.column("row").to_pylist()
    keep = np.zeros(len(rows), dtype=bool)
    for at, (row, outcome) in enumerate(zip(rows, outcomes, strict=True)):
        if row in seen or (outcome == "remark" and kind == "orders"):
            continue
        if row:
            seen.add(row)
        keep[at] = True
    return table.filter(pa.array(keep)), numbers[keep]
