from __future__ import annotations

import pyarrow as pa
import pytest

from importing.errors import BadFile
from importing.files.joining import Joined, join_key


def test_files_are_joined_by_the_order_number_they_share():
    known = {"order_no": ["Order ID"], "sku": ["SKU"]}
    key = join_key(["order_id", "SKU"], ["sku", "Order ID"], known=known, name="b.csv")
    assert key == ("order_id", "Order ID")


def test_a_shared_column_of_numbers_is_a_key_without_being_known():
    assert join_key(["name", "receipt_no"], ["Receipt No", "name"], known={}, name="b") == (
        "receipt_no",
        "Receipt No",
    )


def test_files_that_share_no_number_are_refused():
    with pytest.raises(BadFile, match=r"b\.csv shares no column"):
        join_key(["order_no", "name"], ["price", "name"], known={}, name="b.csv")


def test_each_row_gets_the_columns_of_its_key_and_none_without_one():
    other = pa.table({"id": ["1", "2", "2"], "city": ["Bonn", "Ulm", "Köln"]})
    joined = Joined(other, key="order", own_key="id")
    rows = joined.add_to(pa.table({"order": ["2", " 1 ", "9"]}))
    assert rows.column("city").to_pylist() == ["Ulm", "Bonn", None]


def test_a_column_that_is_there_already_is_not_replaced():
    joined = Joined(pa.table({"id": ["1"], "city": ["Bonn"]}), key="id", own_key="id")
    rows = joined.add_to(pa.table({"id": ["1"], "city": ["Ulm"]}))
    assert rows.column("city").to_pylist() == ["Ulm"]
