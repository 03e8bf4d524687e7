"""Any history of an order's changes leaves what importing its end leaves.

``ORDER_HISTORIES=1000 ORDER_CHANGES=50`` before the command is the long form.
"""

from __future__ import annotations

import os

import pytest

from membership.models import Order, OrderItem
from membership.orders import following
from tests.membership.orders.random_cases.random_histories import (
    RandomShop,
    import_end_state,
    state,
    stock,
    stock_of_orders,
)

pytestmark = pytest.mark.django_db
HISTORIES = int(os.environ.get("ORDER_HISTORIES", "12"))
CHANGES = int(os.environ.get("ORDER_CHANGES", "25"))


@pytest.fixture(autouse=True)
def _followers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_followers", {})


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_history_leaves_what_its_end_leaves(seed: int) -> None:
    RandomShop(seed).live(CHANGES)
    _check_sums()
    assert stock() == stock_of_orders()
    lived = state()

    import_end_state()

    imported = state()
    for name, value in lived.items():
        assert value == imported[name], (seed, name)


def _check_sums() -> None:
    for order in Order.objects.all():
        items = list(OrderItem.objects.filter(order=order))
        assert order.total == sum(item.total for item in items) >= 0
        assert order.refunded == sum(item.refunded for item in items)
        assert order.refunded == sum(refund.goods for refund in order.refunds.all())
        for name in ("shipping", "tax"):
            assert 0 <= sum(getattr(one, name) for one in order.refunds.all()) <= getattr(order, name)
