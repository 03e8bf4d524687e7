"""Lines as the history holds them, also as earlier releases wrote them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from membership.orders.histories import as_line, item_of, line_text, sameness
from tests.factories import OrderItemFactory

pytestmark = pytest.mark.django_db


def test_a_line_comes_back_as_it_was() -> None:
    item = OrderItemFactory(line_no=3, quantity=4, returned=2, restocked=1)

    back = item_of(item.order, 3, line_text(as_line(item)))

    assert line_text(back) == line_text(item)
    assert (back.line_no, back.returned, back.restocked, back.total) == (3, 2, 1, Decimal("10.00"))


def test_a_history_without_returns_reads_as_none() -> None:
    item = OrderItemFactory(line_no=1)
    earlier = line_text(item)[:8]

    assert sameness(earlier) == sameness(line_text(item))
    assert item_of(item.order, 1, earlier).returned == 0
