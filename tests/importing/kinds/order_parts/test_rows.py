"""Orders of a file as rows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from membership.models import Order
from tests.importing.import_files import import_rows, order_line, stock_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    stock_shop()
    return tmp_path / "orders.csv"


def test_each_order_gets_a_random_public_id_of_its_own(file: Path) -> None:
    import_rows("orders", file, [order_line(order_no=f"A{n}") for n in range(30)])

    ids = list(Order.objects.values_list("public_id", flat=True))
    assert len(set(ids)) == 30
    assert {one.version for one in ids} == {4}


@pytest.mark.parametrize(
    ("columns", "channel"),
    [({"channel": "", "store": "S1"}, "store"), ({"channel": "", "store": ""}, "web"),
     ({"channel": "app", "store": "S1"}, "app")],
)  # fmt: skip
def test_an_order_without_a_channel_was_placed_where_its_store_says(
    file: Path, columns: dict[str, str], channel: str
) -> None:
    import_rows("orders", file, [order_line(**columns)])
    assert Order.objects.get().channel == channel


def test_an_order_without_a_status_is_paid_and_a_cancelled_moment_ends_it(file: Path) -> None:
    import_rows(
        "orders",
        file,
        [
            order_line(order_no="A1", status="", cancelled_at=""),
            order_line(order_no="A2", status="paid", cancelled_at="2026-03-03T09:00:00Z"),
            order_line(order_no="A3", status="refunded", cancelled_at="2026-03-03T09:00:00Z"),
        ],
    )
    assert dict(Order.objects.values_list("order_no", "status")) == {
        "A1": "paid", "A2": "cancelled", "A3": "refunded",
    }  # fmt: skip
    assert Order.objects.get(order_no="A2").cancelled_at == datetime(2026, 3, 3, 9, tzinfo=UTC)
