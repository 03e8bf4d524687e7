"""Several order lines packed into one cell, such as ``sku:A|quantity:2;sku:B|quantity:1``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from importing.presets.loading import plain_heading, recognise

if TYPE_CHECKING:
    import pyarrow as pa

    from importing.arrays import Ints


def virtual_headings(kind: str, headings: Sequence[str]) -> list[str]:
    """The columns that unpacking will add, as ``line_items.sku``."""
    preset = recognise(kind=kind, headings=headings)
    if preset is None or not preset.packed:
        return []
    there = {plain_heading(name): name for name in headings}
    column = preset.packed["column"]
    if plain_heading(column) not in there:
        return []
    known = (name for names in preset.columns.values() for name in names)
    return [name for name in dict.fromkeys(known) if name.startswith(f"{column}.") and name not in headings]


def unpack_rows(
    table: pa.Table, numbers: Ints, *, packed: Mapping[str, str], headings: Sequence[str]
) -> tuple[pa.Table, Ints]:
    """One row for each item of the packed column; a row without any stays one."""
    import numpy as np
    import pyarrow as pa

    column = packed["column"]
    rows: list[int] = []
    items: list[dict[str, str]] = []
    for at, text in enumerate(table.column(column).cast(pa.string()).to_pylist()):
        found = items_of(text or "", packed=packed) or [{}]
        rows += [at] * len(found)
        items += found
    result = table.take(pa.array(np.array(rows, dtype=np.int64)))
    for heading in headings:
        if heading.startswith(f"{column}.") and heading not in result.column_names:
            key = plain_heading(heading.removeprefix(f"{column}."))
            result = result.append_column(
                heading, pa.array([item.get(key, "") for item in items], pa.string())
            )
    return result, numbers[np.array(rows, dtype=np.int64)]


def items_of(text: str, *, packed: Mapping[str, str]) -> list[dict[str, str]]:
    """Each item as key -> value. A sign inside a value is told by what follows it: a new item begins with a
    key.
    """
    parts, pair = packed["parts"], packed["pair"]
    found = []
    start = re.escape(packed["items"]) + r"\s*(?=[\w #]+" + re.escape(pair) + ")"
    for item in re.split(start, text):
        pieces = re.split(re.escape(parts) + r"\s*(?=[\w #]+" + re.escape(pair) + ")", item.strip())
        fields = [piece.partition(pair) for piece in pieces]
        found.append({plain_heading(key): value.strip() for key, sign, value in fields if sign})
    return [item for item in found if item]
