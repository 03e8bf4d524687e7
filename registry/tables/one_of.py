"""``id IN (many ids)`` as one parameter, so that no limit on parameters is met."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import BooleanField, F, Func

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler


class OneOf(Func):
    """Whether the whole number in ``column`` is one of ``ids``: a condition for ``filter``.

    Django's ``__in`` sends a parameter an id, and SQLite takes 32,766 at most.
    """

    arity = 1
    output_field = BooleanField()

    def __init__(self, column: str, ids: Iterable[int]) -> None:
        super().__init__(F(column))
        self.ids = [int(one) for one in ids]

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object
    ) -> tuple[str, tuple[str | int, ...]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        values = "(SELECT value FROM json_each(%s))"
        return f"{column} IN {values}", (*parameters, json.dumps(self.ids))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: object
    ) -> tuple[str, tuple[object, ...]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        return f"{column} = ANY(%s::bigint[])", (*parameters, self.ids)
