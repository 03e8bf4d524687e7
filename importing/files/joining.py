"""Several files of one export put together: each row of the lines gets the columns of its order, buyer,
product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from importing.errors import BadFile
from importing.presets.loading import plain_heading

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from importing.arrays import Flags

KEYS = ("order_no", "member_no", "sku", "product_id")
"""The columns by which files are joined, in the order in which they are tried."""

NUMBER_ENDS = ("id", "no", "nr", "number", "号", "编号")


class Joined:
    """The columns of one further file, found by the value of ``key``."""

    def __init__(self, table: pa.Table, *, key: str, own_key: str) -> None:
        self.key = key  # what the file with the lines calls it
        index = _plain(table.column(own_key))
        first = ~(index.duplicated() | (index == ""))  # rows without a number are no other's
        self.table = table.filter(_mask(first)) if not first.all() else table
        self._index = index[first]
        self.names = [name for name in table.column_names if name != key]

    def add_to(self, table: pa.Table) -> pa.Table:
        import pyarrow as pa

        at = self._index.get_indexer(_plain(table.column(self.key)))
        rows = self.table.take(pa.array(at, mask=at < 0))
        for name in self.names:
            if name not in table.column_names:
                table = table.append_column(name, rows.column(name))
        return table


def _mask(values: Flags) -> pa.Array:
    import pyarrow as pa

    return pa.array(values)


def _plain(column: pa.ChunkedArray) -> pd.Index[str]:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.utf8_trim_whitespace(column.cast(pa.string())).to_pandas().fillna("")
    index: pd.Index[str] = pd.Index(texts.to_numpy(dtype=object))
    return index


def join_key(
    headings: Sequence[str], others: Sequence[str], *, known: Mapping[str, Sequence[str]], name: str
) -> tuple[str, str]:
    """(the key's heading here, its heading in the other file). ``known``: our column -> headings it may
    have.
    """
    here = {plain_heading(one): one for one in reversed(headings) if one.strip()}
    there = {plain_heading(one): one for one in reversed(others) if one.strip()}
    for ours in KEYS:
        for heading in known.get(ours, ()):
            if (plain := plain_heading(heading)) in here and plain in there:
                return here[plain], there[plain]
    numbers = [plain_heading(heading) for heading in known.get("order_no", ())]
    own, its = (next((one for one in numbers if one in names), "") for names in (here, there))
    if own and its:  # the order's number under another name, as 主订单编号 of Taobao's sub-orders
        return here[own], there[its]
    if shared := shared_key(headings, others):
        return shared
    raise BadFile(
        _("%(name)s shares no column of numbers with the other file.") % {"name": name}, remedy="join"
    )


def shared_key(headings: Sequence[str], others: Sequence[str]) -> tuple[str, str] | None:
    """A column of numbers that both have, by its heading: (here, there)."""
    here = {plain_heading(one): one for one in reversed(headings) if one.strip()}
    there = {plain_heading(one): one for one in reversed(others) if one.strip()}
    shared = (plain for plain in there if plain in here)
    number = next((plain for plain in shared if plain.endswith(NUMBER_ENDS)), None)
    return (here[number], there[number]) if number else None
