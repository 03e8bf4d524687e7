"""Sums of money that stay exact on both databases."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db.models import Q

from membership.models import Order
from membership.rules.sums import exact_sum
from tests.factories import OrderFactory

pytestmark = pytest.mark.django_db


def total(*, of: Q | None = None) -> Decimal:
    return Decimal(Order.objects.aggregate(sum=exact_sum("total", of=of))["sum"])


def test_many_amounts_that_no_float_holds_add_up_exactly() -> None:
    OrderFactory.create_batch(30, total=Decimal("0.10"))
    OrderFactory(total=Decimal("0.20"))
    assert total() == Decimal("3.20")


def test_without_rows_the_sum_is_zero() -> None:
    assert total() == 0


def test_only_the_rows_that_fit_are_added() -> None:
    OrderFactory(total=Decimal("5.55"), currency="USD")
    OrderFactory(total=Decimal("7.77"), currency="EUR")
    assert total(of=Q(currency="EUR")) == Decimal("7.77")
    assert total(of=Q(currency="GBP")) == 0


def test_it_compares_exactly_with_an_amount() -> None:
    member = OrderFactory(total=Decimal("0.1")).member
    OrderFactory(member=member, total=Decimal("0.2"))
    rows = Order.objects.values("member").annotate(sum=exact_sum("total")).filter(sum=Decimal("0.3"))
    assert [row["member"] for row in rows] == [member.pk]
