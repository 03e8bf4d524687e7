"""A shop's first large file of orders: indexes are made once its rows are there."""

from __future__ import annotations

from membership.models import ImportReport, Order, OrderItem
from registry.tables.late_indexes import add_missing_indexes, drop_indexes

TABLES = {"orders": (Order, OrderItem)}
"""By kind of file, the tables whose indexes take longer than their rows."""
FEWEST_ROWS = 100_000
MOST_ROWS = 5_000_000
"""Making an index of more would hold up other writers for longer than they wait."""


def begin_load(report: ImportReport, *, n_rows: int) -> None:
    """Before the first of ``n_rows`` rows is written: drop indexes where that pays.

    ``end_load`` must follow. It does after a killed worker too: the import's lease runs out, and whoever
    takes it over ends it.
    """
    is_first = not report.dry_run and report.rows_done == 0
    if is_first and FEWEST_ROWS <= n_rows <= MOST_ROWS:
        drop_indexes(TABLES.get(report.kind, ()))


def end_load(report: ImportReport) -> None:
    """However the import ends: make what is missing, whichever import dropped it."""
    add_missing_indexes(TABLES.get(report.kind, ()))
