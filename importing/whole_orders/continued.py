"""Lines that leave everything of their order empty, its number too: they belong to the order above them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importing.mapping import Plan
from importing.whole_orders.level import PRODUCT

if TYPE_CHECKING:
    import pyarrow as pa

    from importing.arrays import Flags

OF_ORDER = ("placed_at", "member_no", "email", "buyer_name", "status")


@dataclass
class Continued:
    """Fills order numbers down, batch by batch; ``last`` is the number of the order above."""

    plan: Plan
    last: str = ""

    def fill(self, table: pa.Table, ours: pa.Table) -> pa.Table:
        """The file's columns, with the number of the order above where a row only goes on with it."""
        import pyarrow as pa

        heading = self.plan.sources.get("order_no", ("",))[0]
        there = set(ours.column_names)
        if self.plan.kind != "orders" or self.plan.preset is None or "placed_at" not in there:
            return table
        if not pa.types.is_string(table.column(heading).type) or self.plan.rules.get("number_from"):
            return table
        numbers = ours.column("order_no").to_pylist() if _any_empty(ours) else None
        if numbers is None:
            self.last = (ours.column("order_no")[-1].as_py() or "") if len(ours) else self.last
            return table
        goes_on = _empty(ours, [name for name in OF_ORDER if name in there])
        goes_on &= ~_empty(ours, [name for name in PRODUCT if name in there])
        cells = table.column(heading).to_pylist()
        filled = False
        for at, number in enumerate(numbers):
            if number and number.strip():
                self.last = cells[at]
            elif self.last and goes_on[at]:
                cells[at], filled = self.last, True
        if not filled:
            return table
        return table.set_column(table.column_names.index(heading), heading, pa.array(cells, pa.string()))


def _any_empty(ours: pa.Table) -> bool:
    return bool(_empty(ours, ["order_no"]).any())


def _empty(ours: pa.Table, names: list[str]) -> Flags:
    """Rows in which all of these columns are empty."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    empty = np.ones(ours.num_rows, dtype=bool)
    for name in names:
        texts = pc.utf8_trim_whitespace(pc.fill_null(ours.column(name).cast(pa.string()), ""))
        empty &= pc.equal(texts, "").to_numpy(zero_copy_only=False)
    return empty
