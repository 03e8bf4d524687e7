"""How many of a file's orders count, and what they come to."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from importing.columns import MONEY_DECIMALS
from importing.files.frames import Outcome
from importing.kinds.order_parts.tallies import tally_new, tally_stored
from membership.models import Order
from registry.tables.columns import Coded, Column, Scaled
from tests.factories import OrderFactory


def columns(*rows: tuple[str, str, int]) -> dict[str, Column]:
    """Orders as (status, currency, total in thousandths)."""
    statuses, currencies, totals = zip(*rows, strict=True)
    words, codes = sorted(set(statuses)), sorted(set(currencies))
    return {
        "status": Coded(words, np.array([words.index(status) for status in statuses])),
        "currency": Coded(codes, np.array([codes.index(currency) for currency in currencies])),
        "total": Scaled(np.array(totals, dtype=np.int64), MONEY_DECIMALS),
    }


def tallies(*rows: tuple[str, str, int]) -> dict[str, int]:
    outcome = Outcome()
    tally_new(outcome, columns(*rows))
    return dict(outcome.tallies)


def test_orders_that_count_are_counted_and_added_by_currency() -> None:
    assert tallies(("paid", "USD", 1_500), ("paid", "USD", 250), ("shipped", "EUR", 700)) == {
        "orders.counted": 3, "net_sales.USD": 1_750, "net_sales.EUR": 700,
    }  # fmt: skip


@pytest.mark.parametrize("status", [word for word in Order.Status.values if word not in Order.COUNTED])
def test_other_orders_do_not_count(status: str) -> None:
    assert tallies((status, "USD", 1_500)) == {"orders.counted": 0}


def test_a_return_on_its_own_lowers_the_sales_and_counts_as_no_order() -> None:
    assert tallies(("paid", "USD", 1_500), ("refunded", "USD", -400)) == {
        "orders.counted": 1 + ("refunded" in Order.COUNTED), "net_sales.USD": 1_100,
    }  # fmt: skip


def test_a_file_in_parts_adds_up() -> None:
    outcome = Outcome()
    for total in (100, 200):
        tally_new(outcome, columns(("paid", "USD", total)))
    assert outcome.tallies["net_sales.USD"] == 300


def test_columns_of_another_form_are_an_error() -> None:
    given = {**columns(("paid", "USD", 100)), "total": np.array([100])}
    with pytest.raises(TypeError, match="total is scaled"):
        tally_new(Outcome(), given)


@pytest.mark.django_db
def test_stored_orders_come_to_the_same_as_new_ones() -> None:
    stored = [
        OrderFactory(status="paid", currency="USD", total=Decimal("1.50")),
        OrderFactory(status="paid", currency="USD", total=Decimal("0.10")),
        OrderFactory(status="shipped", currency="EUR", total=Decimal("0.70")),
        OrderFactory(status="cancelled", currency="USD", total=Decimal(9)),
    ]
    outcome = Outcome()

    tally_stored(outcome, [order.pk for order in stored])

    assert dict(outcome.tallies) == {"orders.counted": 3, "net_sales.USD": 1_600, "net_sales.EUR": 700}


@pytest.mark.django_db
def test_only_the_given_stored_orders_count() -> None:
    order = OrderFactory(status="paid", total=Decimal(2))
    OrderFactory(status="paid", total=Decimal(5))
    outcome = Outcome()

    tally_stored(outcome, [order.pk])
    tally_stored(outcome, [])

    assert dict(outcome.tallies) == {"orders.counted": 1, "net_sales.USD": 2_000}
