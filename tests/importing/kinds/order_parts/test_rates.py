from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from importing.kinds.order_parts.rates import foreign_ids, rate_columns
from membership.currencies.rates import RateDraft, store_rates
from membership.models import Order
from registry.tables.columns import Coded
from tests.factories import MemberFactory, ProductFactory
from tests.importing.import_files import import_rows

pytestmark = pytest.mark.django_db
LINE = {
    "order_no": "A1", "member_no": "M1", "placed_at": "2026-03-01 10:00", "sku": "TEA", "quantity": "1",
    "unit_price": "2500", "currency": "JPY",
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    MemberFactory(member_no="M1")
    ProductFactory(sku="TEA")
    return tmp_path / "file.csv"


def totals() -> list[Decimal | None]:
    return list(Order.objects.order_by("order_no").values_list("shop_total", flat=True))


def test_own_orders_have_the_rate_one_and_others_wait() -> None:
    currency = Coded(["JPY", "USD"], np.array([1, 0, 1]))

    rate, digits = rate_columns(currency).values()

    assert isinstance(rate, Coded)
    assert isinstance(digits, Coded)
    assert rate.codes.tolist() == [0, -1, 0]
    assert [digits.values[code] for code in digits.codes] == [None, 2, None]
    assert foreign_ids(currency, ids=np.array([7, 8, 9])) == [8]


def test_imported_orders_count_at_the_rate_of_their_day(file: Path) -> None:
    store_rates(rates=[RateDraft(date(2026, 2, 28), "JPY", Decimal("0.0066"))], source="")

    import_rows("orders", file, [LINE, {**LINE, "order_no": "A2", "currency": "", "unit_price": "3"}])

    assert totals() == [Decimal("16.50"), Decimal(3)]


def test_an_import_that_changes_the_day_changes_the_rate(file: Path) -> None:
    for day, value in ((1, "0.0066"), (2, "0.0070")):
        store_rates(rates=[RateDraft(date(2026, 3, day), "JPY", Decimal(value))], source="")
    import_rows("orders", file, [LINE])

    import_rows("orders", file, [{**LINE, "placed_at": "2026-03-02 10:00"}])

    assert totals() == [Decimal("17.50")]


def test_without_a_rate_an_order_is_imported_all_the_same(file: Path) -> None:
    assert import_rows("orders", file, [LINE]).created == 1

    assert totals() == [None]
