"""Whole columns: what a row holds afterwards is what the columns said, in either database's form."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from membership.models import Tag
from registry.tables.bulk import for_sqlite
from registry.tables.columns import (
    AT_ONCE,
    Coded,
    Scaled,
    allocate_ids,
    csv_bytes,
    insert_columns,
    sqlite_rows,
)
from tests.factories import TagFactory

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=6)
UNITS = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=8)


def read(**columns):
    return list(csv.reader(io.StringIO(csv_bytes(columns).decode(), newline="")))


@given(UNITS, st.integers(1, 4))
def test_scaled_numbers_are_exact_decimals_for_postgresql(units, decimals):
    column = Scaled(np.array(units), decimals)
    assert [Decimal(text) for (text,) in read(total=column)] == [
        Decimal(unit).scaleb(-decimals) for unit in units
    ]


@given(UNITS, st.integers(1, 4))
def test_scaled_numbers_are_the_nearest_doubles_for_sqlite(units, decimals):
    rows = sqlite_rows({"total": Scaled(np.array(units), decimals)})
    assert [value for (value,) in rows] == [float(Decimal(unit).scaleb(-decimals)) for unit in units]


@given(st.lists(TEXT, min_size=1, max_size=5, unique=True), st.data())
def test_a_coded_column_holds_the_values_of_its_codes(values, data):
    codes = data.draw(st.lists(st.integers(-1, len(values) - 1), min_size=1, max_size=9))
    column = Coded(values, np.array(codes))
    expected = [None if code < 0 else values[code] for code in codes]

    assert len(column) == len(codes)
    assert [value for (value,) in sqlite_rows({"name": column})] == expected


@given(st.lists(TEXT.filter(bool), min_size=1, max_size=5))
def test_any_text_is_read_back_from_the_csv(values):
    assert [text for _n, text in read(n=np.arange(len(values)), name=values)] == values


def test_null_is_an_empty_field_and_empty_text_is_quoted():
    assert csv_bytes({"n": np.array([1, 2]), "name": ["", None]}) == b'1,""\n2,\n'


def test_dates_and_booleans_are_written_as_postgresql_reads_them():
    assert read(day=[date(2026, 3, 2)], yes=[True]) == [["2026-03-02", "true"]]


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        list(sqlite_rows({"a": [1, 2], "b": [1]}))


@pytest.mark.django_db
def test_rows_are_inserted_as_the_columns_say():
    insert_columns(model=Tag, columns={"id": np.array([5, 7]), "name": Coded(["b", "a"], np.array([1, 0]))})
    assert dict(Tag.objects.values_list("pk", "name")) == {5: "a", 7: "b"}


@pytest.mark.django_db
def test_rows_of_several_statements_are_all_inserted_in_order():
    n = 2 * AT_ONCE + 7
    names = [f"tag {number:04d}" for number in range(n)]
    insert_columns(model=Tag, columns={"name": Coded(names, np.arange(n))})
    assert list(Tag.objects.order_by("pk").values_list("name", flat=True)) == names


@given(st.lists(st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))), min_size=1, max_size=8))
def test_moments_are_written_to_sqlite_as_django_does(values):
    stored = [row[0] for row in sqlite_rows({"moment": Coded(values, np.arange(len(values)))})]
    assert stored == [for_sqlite(value) for value in values]


@pytest.mark.django_db
def test_empty_columns_insert_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_columns(model=Tag, columns={"id": np.array([], int), "name": []})


@pytest.mark.django_db
def test_allocated_ids_are_free_and_not_given_twice():
    taken = TagFactory().pk
    ids = allocate_ids(model=Tag, count=3)
    assert len(set(ids)) == 3
    assert taken not in ids
    insert_columns(model=Tag, columns={"id": ids, "name": ["x", "y", "z"]})
    assert not set(allocate_ids(model=Tag, count=2)) & set(ids)
