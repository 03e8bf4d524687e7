"""Indexes of a table that is filled for the first time, made at the end: on SQLite that halves the time.

Each row of a growing table goes into every index at another place; an index that is made of all rows is
sorted once. Only indexes that a model names in its ``Meta`` are left for later: unique ones and those of
foreign keys stay. PostgreSQL, which fills tables by COPY, keeps all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, models, transaction

Models = Sequence[type[models.Model]]


def drop_indexes(tables: Models) -> None:
    """Drop the named indexes of those ``tables`` that hold no row; nothing on PostgreSQL.

    Whoever calls this sees to it that ``add_missing_indexes`` follows, also after the process was killed.
    """
    if connection.vendor != "sqlite":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for model in tables:
            if not model._default_manager.exists():
                for index in model._meta.indexes:
                    cursor.execute(f"DROP INDEX IF EXISTS {connection.ops.quote_name(index.name)}")


def add_missing_indexes(tables: Models) -> int:
    """Make the named indexes that ``tables`` lack, each in a transaction of its own; how many were made."""
    if connection.vendor != "sqlite":
        return 0
    editor = connection.schema_editor()  # only words the statements
    made = 0
    for model in tables:
        there = _there(model)
        for index in model._meta.indexes:
            if index.name not in there:
                with transaction.atomic(), connection.cursor() as cursor:
                    if index.name not in _there(model):  # another process may have been quicker
                        cursor.execute(str(index.create_sql(model, editor)))
                        made += 1
    return made


def _there(model: type[models.Model]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = %s", [model._meta.db_table]
        )
        return {name for (name,) in cursor.fetchall()}
