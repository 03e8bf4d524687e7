"""Whole columns into a table: the fastest of the set-based writes, for millions of rows.

A column is a numpy array, a list, or one of the two classes below, which keep a million rows small:
``Coded`` (few distinct values, one code a row) and ``Scaled`` (exact decimals as whole numbers).
SQLite gets statements of some rows each, PostgreSQL one COPY whose text Arrow writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from types import NoneType
from typing import TYPE_CHECKING, Any

from django.db import connection, models

from registry.tables.bulk import for_sqlite, quoted_names

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa


@dataclass(frozen=True)
class Coded:
    """Row i holds ``values[codes[i]]``; a code of -1 is NULL."""

    values: Sequence[Any]
    codes: npt.NDArray[np.integer[Any]]

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True)
class Scaled:
    """Row i holds ``units[i]`` / 10^``decimals``, exactly; ``units`` are int64."""

    units: npt.NDArray[np.int64]
    decimals: int

    def __len__(self) -> int:
        return len(self.units)


AT_ONCE = 100
"""Rows a statement for SQLite: a quarter faster than one by one; more than these gain little."""
Column = Coded | Scaled | Sequence[Any] | Any
"""The last is a numpy array of whole numbers."""


def insert_columns(*, model: type[models.Model], columns: Mapping[str, Column]) -> None:
    """Insert as many rows as the columns are long; names are attribute names. Call it in a transaction."""
    if not len(next(iter(columns.values()))):
        return
    table, names = quoted_names(model, list(columns))
    if connection.vendor == "postgresql":
        statement = f"COPY {table} ({names}) FROM STDIN (FORMAT csv)"
        # COPY goes past Django's cursor, its errors too
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(csv_bytes(columns))
        return
    one = f"({', '.join('?' * len(columns))})"
    rows = sqlite_rows(columns)
    connection.ensure_connection()
    with connection.wrap_database_errors:  # Django's own cursor would convert every statement anew
        while some := list(islice(rows, AT_ONCE)):
            connection.connection.execute(
                f"INSERT INTO {table} ({names}) VALUES {', '.join([one] * len(some))}",  # noqa: S608  # quoted names
                list(chain.from_iterable(some)),
            )


@contextmanager
def bulk_loading() -> Iterator[None]:
    """Connection settings for millions of rows in many transactions; the usual ones afterwards.

    Each transaction dirties pages all over the indexes. With a cache that holds them they are written once
    a transaction, and with rarer checkpoints only now and then into the database file. PostgreSQL needs none.
    """
    if connection.vendor != "sqlite":
        yield
        return
    usual = {name: _pragma(name) for name in LOADING}
    for name, value in LOADING.items():
        _pragma(name, value)
    try:
        yield
    finally:
        for name, value in usual.items():
            _pragma(name, value)


LOADING = {"cache_size": -262_144, "wal_autocheckpoint": 50_000, "mmap_size": 0}
"""KiB of memory; pages of 4 KiB; bytes, and as what is written is in the cache, a map would hold it twice."""


def _pragma(name: str, value: int | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}" + ("" if value is None else f" = {value}"))
        return int((cursor.fetchone() or [0])[0])


def allocate_ids(*, model: type[models.Model], count: int) -> list[int]:
    """``count`` fresh primary keys, for rows whose children are written in the same transaction."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [f'"{table}"', count],
            )
            return [row[0] for row in cursor.fetchall()]
        # an IMMEDIATE transaction is the only writer, so nobody can take the same
        quoted = connection.ops.quote_name(table)
        cursor.execute(
            f"SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0), "  # noqa: S608  # quoted names
            f"coalesce((SELECT max(id) FROM {quoted}), 0))",
            [table],
        )
        first = cursor.fetchone()[0] + 1
        return list(range(first, first + count))


def sqlite_rows(columns: Mapping[str, Column]) -> Iterator[tuple[Any, ...]]:
    """Rows as tuples of what SQLite stores."""
    return zip(*(_sqlite_values(column) for column in columns.values()), strict=True)


def _sqlite_values(column: Column) -> list[Any]:
    import numpy as np

    if isinstance(column, Scaled):
        # a decimal column of SQLite holds the nearest double anyway; a division by 10^n gives exactly that
        return (column.units / 10**column.decimals).tolist()  # type: ignore[no-any-return]  # numpy types it as Any
    if isinstance(column, Coded):
        stored = np.empty(len(column.values) + 1, dtype=object)
        stored[:-1] = _plain_values(column.values)
        return stored[column.codes].tolist()  # type: ignore[no-any-return]  # code -1 is the last one, None
    if isinstance(column, np.ndarray):
        return column.tolist()  # type: ignore[no-any-return]  # numpy types it as Any
    return list(_plain_values(column))


def _plain_values(values: Sequence[Any]) -> Sequence[Any]:
    """What SQLite stores for these: mostly numbers and texts, or moments in UTC."""
    types = set(map(type, values))
    if types <= {str, int, NoneType}:
        return values
    if types <= {datetime, NoneType} and all(value is None or value.tzinfo is UTC for value in values):
        return [value and str(value)[:-6] for value in values]  # without +00:00
    return [for_sqlite(value) for value in values]


def csv_bytes(columns: Mapping[str, Column]) -> bytes:
    """The rows as PostgreSQL's COPY … (FORMAT csv) reads them: NULL is an empty field without quotes."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    table = pa.table({name: _arrow_values(column) for name, column in columns.items()})
    sink = pa.BufferOutputStream()
    arrow_csv.write_csv(table, sink, arrow_csv.WriteOptions(include_header=False, quoting_style="needed"))
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]  # pyarrow is untyped


def _arrow_values(column: Column) -> pa.Array:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column, Scaled):
        unit = 10**column.decimals
        sizes = np.abs(column.units)
        sign = pc.if_else(pa.array(column.units < 0), "-", "")
        whole = pc.binary_join_element_wise(sign, pa.array(sizes // unit).cast(pa.string()), "")
        part = pc.utf8_lpad(pa.array(sizes % unit).cast(pa.string()), column.decimals, "0")
        return pc.binary_join_element_wise(whole, part, ".")
    if isinstance(column, Coded):
        codes = pa.array(column.codes, mask=column.codes < 0)
        return pa.array([_for_arrow(value) for value in column.values]).take(codes)
    if isinstance(column, np.ndarray):
        return pa.array(column)
    return pa.array([_for_arrow(value) for value in column])


def _for_arrow(value: Any) -> Any:
    """Numbers and booleans as they are; the rest as the text that PostgreSQL reads."""
    if value is None or isinstance(value, str | int | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
