"""Set-based writes: many rows in one statement, on SQLite and PostgreSQL.

SQLite takes multi-row VALUES, PostgreSQL a COPY into a temporary table that is then merged (a few rows, such
as one order's, are not worth a table: there too they are VALUES). Django's own ``bulk_create`` builds an
object a row and is 5 to 25 times slower on a million rows.
Values must already be what the database stores (``Decimal``, aware ``datetime``, ``str``, ``int``,
``None``; JSON as text); columns are given as *attribute* names (``member_id``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice
from types import NoneType
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

Row = Sequence[Any]
SQLITE_MAX_VARIABLES = 32_000  # SQLite's compiled-in limit is 32,766 since 3.32
FEW_ROWS = 200
PLAIN = frozenset({str, int, float, NoneType})
"""Types of values that need no conversion for SQLite."""


def insert_rows(
    *, model: type[models.Model], columns: Sequence[str], rows: Iterable[Row], ignore_conflicts: bool = False
) -> int:
    """Insert ``rows``; the number written. ``ignore_conflicts`` leaves out rows that break a unique rule."""
    return _write(
        model=model, columns=columns, rows=rows, tail="ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    )


def upsert_rows(
    *,
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Row],
    conflict: Sequence[str],
    update: Sequence[str],
    only_changes: bool = False,
) -> int:
    """Insert ``rows``, or update ``update`` where the unique columns ``conflict`` meet a row; rows written.

    Rows must differ in ``conflict`` among themselves. Safe to repeat. ``only_changes`` leaves rows unwritten
    that are so already.
    """
    tail = _on_conflict(model, conflict=conflict, update=update)
    tail += _where_changed(model, update) if only_changes else ""
    return _write(model=model, columns=columns, rows=rows, tail=tail)


def upsert_select(
    *,
    model: type[models.Model],
    columns: Sequence[str],
    query: models.QuerySet[Any, Any],
    conflict: Sequence[str],
    update: Sequence[str],
) -> int:
    """The same with rows that the database works out itself: ``query`` selects ``columns``, and has a WHERE.

    (Without one, SQLite takes ON CONFLICT for a join's ON.)
    """
    table, names = quoted_names(model, columns)
    sql, parameters = query.query.sql_with_params()
    tail = _on_conflict(model, conflict=conflict, update=update)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) {sql} {tail}", parameters)
        return int(cursor.rowcount)


def _on_conflict(model: type[models.Model], *, conflict: Sequence[str], update: Sequence[str]) -> str:
    quote = connection.ops.quote_name
    target = ", ".join(quote(_column(model, name)) for name in conflict)
    sets = ", ".join(
        f"{quote(_column(model, name))} = excluded.{quote(_column(model, name))}" for name in update
    )
    return f"ON CONFLICT ({target}) DO UPDATE SET {sets}"


def _where_changed(model: type[models.Model], names: Sequence[str]) -> str:
    quote = connection.ops.quote_name
    differs = "IS NOT" if connection.vendor == "sqlite" else "IS DISTINCT FROM"
    table, columns = quote(model._meta.db_table), [quote(_column(model, name)) for name in names]
    return " WHERE " + " OR ".join(f"{table}.{column} {differs} excluded.{column}" for column in columns)


def _write(*, model: type[models.Model], columns: Sequence[str], rows: Iterable[Row], tail: str) -> int:
    with transaction.atomic():
        if connection.vendor == "postgresql":
            iterator = iter(rows)
            first = list(islice(iterator, FEW_ROWS + 1))
            rows = chain(first, iterator)
            if len(first) > FEW_ROWS:
                with connection.wrap_database_errors:  # COPY goes past Django's cursor, its errors too
                    return _copy(model=model, columns=columns, rows=rows, tail=tail)
        return _multi_row_values(model=model, columns=columns, rows=rows, tail=tail)


def _multi_row_values(
    *, model: type[models.Model], columns: Sequence[str], rows: Iterable[Row], tail: str
) -> int:
    table, names = quoted_names(model, columns)
    per_statement = max(1, SQLITE_MAX_VARIABLES // len(columns))
    one = "(" + ", ".join(["%s"] * len(columns)) + ")"
    is_sqlite = connection.vendor == "sqlite"
    written = 0
    with connection.cursor() as cursor:
        for chunk in _chunks(rows, per_statement):
            values = ", ".join([one] * len(chunk))
            flat = list(chain.from_iterable(chunk))
            if is_sqlite:  # a call for each of millions of plain values would take most of the time
                flat = [value if type(value) in PLAIN else for_sqlite(value) for value in flat]
            # SQLite needs WHERE true between VALUES and ON CONFLICT only after a SELECT, so not here
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES {values} {tail}", flat)  # noqa: S608  # quoted names
            written += cursor.rowcount
    return written


def _copy(*, model: type[models.Model], columns: Sequence[str], rows: Iterable[Row], tail: str) -> int:
    table, names = quoted_names(model, columns)
    with connection.cursor() as cursor:
        if not tail:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return int(cursor.rowcount)
        cursor.execute(
            f"CREATE TEMPORARY TABLE bulk_rows ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA"  # noqa: S608  # quoted names
        )
        with cursor.copy(f"COPY bulk_rows ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM bulk_rows {tail}")  # noqa: S608  # quoted names
        written = int(cursor.rowcount)
        cursor.execute("DROP TABLE bulk_rows")
        return written


def quoted_names(model: type[models.Model], columns: Sequence[str]) -> tuple[str, str]:
    """The table and its comma-separated columns, quoted for SQL."""
    quote = connection.ops.quote_name
    return quote(model._meta.db_table), ", ".join(quote(_column(model, name)) for name in columns)


def _column(model: type[models.Model], attribute: str) -> str:
    for field in model._meta.concrete_fields:
        if attribute in (field.attname, field.name):
            return str(field.column)
    raise ValueError(f"{model.__name__} has no column {attribute!r}")


def for_sqlite(value: object) -> Any:
    """What Django's SQLite backend stores for ``value``."""
    if type(value) in PLAIN:  # nearly all values, recognised at once
        return value
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, UUID):
        return value.hex
    return value


@lru_cache(maxsize=1_000)
def _moment(value: datetime) -> str:
    """Most rows of a write bear the same few moments."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


def _chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk
