from __future__ import annotations

import pytest

from importing.traces import note_changed, note_made, spans_of
from membership.models import ImportTrace
from tests.importing.import_files import order_line
from tests.importing.undoing.shop_state import imported


def test_spans():
    assert spans_of([3, 1, 2, 7, 7]) == [[1, 3], [7, 7]]
    assert spans_of([]) == []


def test_nothing_is_noted_outside_an_import():
    note_made("membership.Event", [1])
    note_changed("membership.Member", {1: {"name": ("a", "b")}})


@pytest.mark.django_db
def test_a_chunk_of_new_orders_is_one_small_row_a_table(tmp_path):
    rows = [order_line(order_no=f"A{n}", member_no=f"M{n % 7}") for n in range(200)]
    imported(tmp_path, "orders", rows, chunk_rows=1_000)
    traces = {trace.table: trace for trace in ImportTrace.objects.all()}
    assert {table: trace.made for table, trace in traces.items()} == {
        "membership.Member": 7, "membership.Order": 200, "membership.Product": 1, "membership.Store": 0,
    }  # fmt: skip
    assert sum(len(trace.content) for trace in traces.values()) < 400
