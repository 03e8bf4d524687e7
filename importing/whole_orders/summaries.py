"""Rows that tell of a whole order beside the rows of its lines, as eBay's report has for several items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from importing.files.frames import MISSING, CleanColumn
from importing.kinds.order_parts.amounts import OF_ORDER

if TYPE_CHECKING:
    from importing.arrays import Flags, Ints

OF_A_LINE = (
    "quantity", "unit_price", "discount", "line_total", "line_gross", "line_refunded", "quantity_refunded",
)  # fmt: skip


def take_summaries(
    clean: dict[str, CleanColumn], *, starts: Ints, lengths: Ints, kinds: Sequence[str] = ()
) -> Flags:
    """Which rows are such: without a product, among rows with one, of as many units as these together; or of
    one of these ``kinds``, as a till calls its rows.

    They keep what they say of the order, and it counts alone; as lines they are nothing.
    """
    import numpy as np

    if kinds and "row_kind" in clean:
        of_kind = np.array([value in kinds for value in clean["row_kind"].values] + [False])
        told: Flags = of_kind[np.maximum(clean["row_kind"].codes, -1)]
        told &= np.logical_or.reduceat(~told, starts).repeat(lengths) if len(starts) else told
        _forget(clean, "sku", told)
        return _taken(clean, told, starts=starts, lengths=lengths)
    named = clean["sku"].codes != MISSING
    nothing = np.zeros(len(named), dtype=bool)
    if named.all() or not named.any():
        return nothing
    quantity = clean["quantity"].numbers()
    units = np.add.reduceat(np.where(named, quantity, 0), starts).repeat(lengths)
    unnamed = np.add.reduceat((~named).astype(np.int64), starts).repeat(lengths)
    told = ~named & (unnamed == 1) & (units > 0) & (quantity == units)
    return _taken(clean, told, starts=starts, lengths=lengths)


def _taken(clean: dict[str, CleanColumn], told: Flags, *, starts: Ints, lengths: Ints) -> Flags:
    import numpy as np

    if not told.any():
        return told
    others = np.maximum.reduceat(told, starts).repeat(lengths) & ~told
    for name in OF_ORDER:
        _forget(clean, name, others & _given_by(clean, name, told, starts=starts, lengths=lengths))
    for name in OF_A_LINE:
        _forget(clean, name, told)
    return told


def _given_by(
    clean: Mapping[str, CleanColumn], name: str, told: Flags, *, starts: Ints, lengths: Ints
) -> Flags:
    """Rows of orders whose summary has a value of the column."""
    import numpy as np

    if name not in clean:
        return np.zeros(len(told), dtype=bool)
    return np.maximum.reduceat(told & (clean[name].codes > MISSING), starts).repeat(lengths)


def _forget(clean: dict[str, CleanColumn], name: str, rows: Flags) -> None:
    import numpy as np

    if name in clean and rows.any():
        codes = np.where(rows, MISSING, clean[name].codes).astype(clean[name].codes.dtype)
        clean[name] = replace(clean[name], codes=codes)
