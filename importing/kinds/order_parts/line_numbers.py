"""The numbers of an order's lines, and lines that are there twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from importing.files.frames import CleanColumn

if TYPE_CHECKING:
    from importing.arrays import Flags, Ints
    from importing.kinds.order_parts.lines import OrderLines


def line_numbers(clean: Mapping[str, CleanColumn], *, starts: Ints, lengths: Ints) -> Ints:
    """As the file has them; where it has none, the position in the order."""
    import numpy as np

    position = np.arange(lengths.sum()) - starts.repeat(lengths) + 1
    if "line_no" not in clean:
        return position
    column = clean["line_no"]
    return np.where(column.codes < 0, position, column.numbers())


def repeated_lines(lines: OrderLines) -> Flags:
    """Rows that copy an earlier line of their order; one line number with two contents is a problem."""
    import numpy as np

    repeated = np.zeros(lines.n_rows, dtype=bool)
    same_run = np.ones(lines.n_rows, dtype=bool)
    same_run[lines.starts] = False
    rises = np.r_[True, np.diff(lines.line_no) > 0][: lines.n_rows]
    if (rises | ~same_run).all():
        return repeated
    run = np.arange(len(lines.starts)).repeat(lines.lengths)
    order = np.lexsort((np.arange(lines.n_rows), lines.line_no, run))
    twin = np.r_[False, (run[order][1:] == run[order][:-1]) & (np.diff(lines.line_no[order]) == 0)]
    amounts = lines.amounts
    sku = lines.clean["sku"].codes
    content = (sku, amounts.quantity, amounts.unit_price, amounts.discount, amounts.is_return)
    equal = np.ones(lines.n_rows, dtype=bool)
    for values in content:
        equal &= np.r_[False, values[order][1:] == values[order][:-1]]
    repeated[order] = twin & equal
    conflict = np.zeros(lines.n_rows, dtype=bool)
    conflict[order] = twin & ~equal
    lines.problems.add(conflict, name="line_no", code="line_twice")
    return repeated
