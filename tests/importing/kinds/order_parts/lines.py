"""Lines of a file, read."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from importing.conventions import fields_for
from importing.files.frames import Cleaner
from importing.files.reading import Chunk
from importing.kinds.order_parts.lines import OrderLines, read_lines
from importing.mapping import Plan
from importing.presets.loading import Rules
from tests.importing.import_files import order_line

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def lines_of(*rows: dict[str, str], exact: bool = False, tainted: frozenset[str] = frozenset()) -> OrderLines:
    rows = tuple(order_line(discount="", **row) for row in rows)
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    plan = Plan(kind="orders", sources={})
    fields = fields_for(plan, now=NOW, decimal_comma=False, date_order={})
    cleaner = Cleaner(fields=fields, columns={name: name for name in table.column_names})
    numbers = np.arange(1, len(rows) + 1)
    chunk = Chunk(table=table, original=table, numbers=numbers, malformed=[], end=len(rows), tainted=tainted)
    return read_lines(chunk, cleaner=cleaner, shop_currency="USD", rules=Rules(), exact=exact)


def problems_of(lines: OrderLines) -> list[str]:
    bad = np.flatnonzero(lines.problems.of_row).tolist()
    return [lines.problems.note(row).code for row in bad]
