"""Several order lines packed into one cell, such as ``sku:A|quantity:2;sku:B|quantity:1``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from importing.presets.loading import plain_heading, recognise

if TYPE_CHECKING:
    import pyarrow as pa

    from importing.arrays import Ints


def packed_columns(packed: Mapping[str, str], headings: Sequence[str]) -> list[str]:
    """The file's columns that hold lines: one with all of them, or numbered ones with a line each."""
    if not packed:
        return []
    names = [name for name in headings if plain_heading(name) == plain_heading(packed["column"])]
    if start := plain_heading(packed.get("numbered", "")):
        numbered = re.compile(re.escape(start) + r"\d+")
        names += [name for name in headings if numbered.fullmatch(plain_heading(name))]
    return names


def virtual_headings(kind: str, headings: Sequence[str]) -> list[str]:
    """The columns that unpacking will add, as ``line_items.sku``."""
    preset = recognise(kind=kind, headings=headings)
    if preset is None or not packed_columns(preset.packed, headings):
        return []
    known = (name for names in preset.columns.values() for name in names)
    start = f"{preset.packed['column']}."
    return [name for name in dict.fromkeys(known) if name.startswith(start) and name not in headings]


def unpack_rows(
    table: pa.Table, numbers: Ints, *, packed: Mapping[str, str], headings: Sequence[str]
) -> tuple[pa.Table, Ints]:
    """One row for each item of the packed columns; a row without any stays one."""
    import numpy as np
    import pyarrow as pa

    column = packed["column"]
    rows: list[int] = []
    items: list[dict[str, str]] = []
    there = [
        table.column(name).cast(pa.string()).to_pylist()
        for name in packed_columns(packed, table.column_names)
    ]
    for at, texts in enumerate(zip(*there, strict=True)):
        cells = [item for text in texts for item in items_of(text or "", packed=packed)] or [{}]
        rows += [at] * len(cells)
        items += cells
    result = table.take(pa.array(np.array(rows, dtype=np.int64)))
    for heading in headings:
        if heading.startswith(f"{column}.") and heading not in result.column_names:
            key = plain_heading(heading.removeprefix(f"{column}."))
            result = result.append_column(
                heading, pa.array([item.get(key, "") for item in items], pa.string())
            )
    return result, numbers[np.array(rows, dtype=np.int64)]


def items_of(text: str, *, packed: Mapping[str, str]) -> list[dict[str, str]]:
    """Each item as key -> value. A sign inside a value is told by what follows it: a new item begins with the
    key with which the first one does, a new part with any key.
    """
    parts, pair = packed["parts"], packed["pair"]
    cells = []
    first = text.partition(pair)[0].strip()
    start = re.escape(packed["items"]) + r"\s*(?=" + re.escape(first + pair) + ")"
    for item in re.split(start, text):
        pieces = re.split(re.escape(parts) + r"\s*(?=[\w #]+" + re.escape(pair) + ")", item.strip())
        fields = [piece.partition(pair) for piece in pieces]
        cells.append({plain_heading(key): value.strip() for key, sign, value in fields if sign})
    return [item for item in cells if item]
