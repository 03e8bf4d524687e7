"""Indexes of a table that is filled for the first time; on PostgreSQL nothing is dropped."""

from __future__ import annotations

import pytest
from django.db import connection

from membership.models import Order, OrderItem
from registry.tables.late_indexes import add_missing_indexes, drop_indexes
from tests.factories import OrderFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its indexes"),
]
NAMED = {index.name for model in (Order, OrderItem) for index in model._meta.indexes}


def indexes() -> dict[str, str]:
    """Name -> the statement that makes it, of both tables."""
    tables = [Order._meta.db_table, OrderItem._meta.db_table]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN (%s, %s)", tables
        )
        return dict(cursor.fetchall())


def test_what_was_dropped_comes_back_as_it_was() -> None:
    before = indexes()

    drop_indexes((Order, OrderItem))
    dropped = indexes()
    made = add_missing_indexes((Order, OrderItem))

    assert set(before) - set(dropped) == NAMED
    assert made == len(NAMED)
    assert indexes() == before


def test_a_table_that_holds_rows_keeps_its_indexes() -> None:
    OrderFactory()
    before = indexes()

    drop_indexes((Order,))

    assert indexes() == before


def test_nothing_is_made_where_nothing_is_missing() -> None:
    assert add_missing_indexes((Order, OrderItem)) == 0
