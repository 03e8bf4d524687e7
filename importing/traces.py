"""What an import makes and changes, noted while it writes, so that ``importing.undoing`` can take it back.

Rows that bear the import's own moment are told by it; importers note the others with ``note_made`` and
``note_changed``. Each chunk stores one ``ImportTrace`` a table, in its own transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import connection, models
from django.db.models import Max

from membership.models import (
    Consent,
    ImportReport,
    ImportTrace,
    Member,
    Order,
    PointsEntry,
    PointsLot,
    Product,
)
from membership.models.transfers.import_undos import Changed
from registry.tables.bulk import quoted_names

Spans = list[list[int]]

BEAR_ITS_MOMENT: dict[type[models.Model], str] = {
    Member: "created_at",
    Product: "created_at",
    Order: "imported_at",
    Consent: "occurred_at",
    PointsLot: "earned_at",
    PointsEntry: "occurred_at",
}
"""Every row that an import makes of these bears the moment at which it was queued, in this column."""
UNITS = "membership.OrderItem.units"
"""The table of traces for stored order lines whose units were emptied."""


@dataclass
class Notes:
    made: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    changed: defaultdict[str, dict[str, Changed]] = field(default_factory=lambda: defaultdict(dict))


_notes: ContextVar[Notes | None] = ContextVar("notes of the import that is writing", default=None)


def note_made(table: str, ids: Iterable[int]) -> None:
    """Rows that were made: their ids. Does nothing outside an import."""
    if (notes := _notes.get()) is not None:
        notes.made[table].extend(ids)


def note_changed(table: str, rows: Mapping[int, Mapping[str, tuple[object, object]]]) -> None:
    """Rows that were changed: id -> field -> (before, after). ``before`` is None for a row that was made."""
    if (notes := _notes.get()) is not None:
        of_table = notes.changed[table]
        for pk, fields in rows.items():
            known = of_table.setdefault(str(pk), {})
            for name, (before, after) in fields.items():
                first = known[name][0] if name in known else plain(before)
                known[name] = [first, plain(after)]


def plain(value: object) -> object:
    """As JSON holds it; ``field.to_python`` is the way back."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


@contextmanager
def tracing(report: ImportReport) -> Iterator[None]:
    """Note what is written inside, and store it as the report's traces. Call in the chunk's transaction."""
    marks = {model: highest_id(model) for model in BEAR_ITS_MOMENT}
    notes = Notes()
    token = _notes.set(notes)
    try:
        yield
    finally:
        _notes.reset(token)
    made = {
        model._meta.label: _made_since(model, mark=marks[model], column=column, moment=report.queued_at)
        for model, column in BEAR_ITS_MOMENT.items()
    }
    made |= {table: spans_of(ids) for table, ids in notes.made.items()}
    ImportTrace.objects.bulk_create(
        ImportTrace(
            report=report,
            table=table,
            made=sum(last - first + 1 for first, last in spans),
            changed=len(notes.changed.get(table, ())),
            content=ImportTrace.packed({"made": spans, "changed": notes.changed.get(table, {})}),
        )
        for table in sorted({*made, *notes.changed})
        if (spans := made.get(table, [])) or notes.changed.get(table)
    )


def highest_id(model: type[models.Model]) -> int:
    return model._default_manager.aggregate(highest=Max("pk"))["highest"] or 0


def _made_since(model: type[models.Model], *, mark: int, column: str, moment: datetime) -> Spans:
    """Spans of the ids above ``mark`` whose row bears ``moment``."""
    table, names = quoted_names(model, ["id", column])
    key, when = names.split(", ")
    numbered = (
        f"SELECT {key} AS id, {key} - ROW_NUMBER() OVER (ORDER BY {key}) AS island"  # noqa: S608  # quoted names
        f" FROM {table} WHERE {key} > %s AND {when} = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT MIN(id), MAX(id) FROM ({numbered}) AS numbered GROUP BY island ORDER BY 1",  # noqa: S608  # our own names
            [mark, connection.ops.adapt_datetimefield_value(moment)],
        )
        return [list(row) for row in cursor.fetchall()]


def spans_of(ids: Iterable[int]) -> Spans:
    """``[3, 1, 2, 7]`` -> ``[[1, 3], [7, 7]]``."""
    spans: Spans = []
    for pk in sorted(set(ids)):
        if spans and spans[-1][1] == pk - 1:
            spans[-1][1] = pk
        else:
            spans.append([pk, pk])
    return spans
