"""Values of messages, as other systems write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.objects import BadMessage, number


@pytest.mark.parametrize(
    ("value", "amount"),
    [("12.50", "12.50"), (3, "3"), (None, "0"), ("", "0"), ("-4.90", "-4.90"), ("0e99", "0")],
)
def test_numbers_are_exact(value: object, amount: str) -> None:
    assert number({"price": value}, "price") == Decimal(amount)


@pytest.mark.parametrize(
    "value", ["1e99999999", "-1e99999999", "1e-99999999", "NaN", "Infinity", "9" * 30, "two"]
)
def test_numbers_that_no_order_can_hold_are_refused_at_once(value: str) -> None:
    with pytest.raises(BadMessage, match="quantity"):
        number({"quantity": value}, "quantity")
