"""Orders that begin to earn without being changed: their rate comes, or they came by import."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from membership.currencies.filling import apply_pending_rates
from membership.currencies.rates import RateDraft, store_rates
from membership.loyalty.following import earn_from_imports
from membership.models import EarnedLine, Order, PointsLot
from membership.models.exchange_rates import day_in_shop
from tests.factories import ProductFactory
from tests.membership.loyalty.shop import change, check_ledger, order, paid, program, rule, standing
from tests.membership.orders.makers import taken

pytestmark = pytest.mark.django_db


def rate(value: str) -> None:
    draft = RateDraft(day_in_shop(timezone.now()), "NZD", Decimal(value))
    store_rates(rates=[draft], source="test")
    apply_pending_rates()


@pytest.fixture
def foreign() -> Order:
    """20 NZD, taken here while no rate was known."""
    program()
    rule(value=2)
    ProductFactory(sku="TEA", price=Decimal(20), currency="NZD", stock=None)
    return taken({"TEA": 1}, currency="NZD")


def imported(*, days: int = 0, status: str = "paid", **values: Any) -> Order:
    """As an import leaves it: stored with its status, without a change."""
    made = order(10, placed_at=timezone.now() - timedelta(days=days), **values)
    Order.objects.filter(pk=made.pk).update(status=status)
    return made


def test_an_order_earns_when_its_rate_comes_by_the_rules_of_its_moment(foreign) -> None:
    assert standing(foreign.member) == (0, 0)
    rule(value=5, name="later", starts_at=timezone.now() + timedelta(seconds=1))
    rate("0.5")

    assert standing(foreign.member) == (20, 0)
    assert PointsLot.objects.get(order=foreign).remaining == 20
    check_ledger(foreign.member, at=timezone.now())


def test_points_follow_a_rate_that_is_corrected(foreign) -> None:
    rate("0.5")
    rate("0.6")

    assert standing(foreign.member) == (24, 0)


def test_a_run_that_died_before_the_points_is_made_up_for(foreign, monkeypatch) -> None:
    monkeypatch.setattr("membership.currencies.filling.points_follow_rates", lambda **given: 0)
    rate("0.5")
    assert standing(foreign.member) == (0, 0)
    monkeypatch.undo()

    apply_pending_rates()  # the rate is pending for a minute
    assert standing(foreign.member) == (20, 0)


def test_a_rate_gives_no_points_to_what_was_imported(foreign) -> None:
    Order.objects.update(takes_stock=False)
    rate("0.5")

    assert standing(foreign.member) == (0, 0)


def test_imported_orders_earn_nothing_unless_the_program_says_from_when() -> None:
    program()
    rule()
    old, new = imported(days=9), imported(days=2)
    assert earn_from_imports() == 0

    program(imported_from=day_in_shop(timezone.now() - timedelta(days=5)))
    assert earn_from_imports() == 1
    assert (standing(old.member)[0], standing(new.member)[0]) == (0, 10)
    check_ledger(new.member, at=timezone.now())


def test_imported_orders_earn_once() -> None:
    program(imported_from=day_in_shop(timezone.now()))
    rule()
    made = imported()

    assert (earn_from_imports(), earn_from_imports()) == (1, 0)
    change(made, refunded={1: 4})
    assert standing(made.member) == (6, 0)


@pytest.mark.parametrize("status", ["pending", "cancelled", "refunded", "declined", "held"])
def test_imported_orders_that_do_not_count_earn_nothing(status: str) -> None:
    program(imported_from=day_in_shop(timezone.now()))
    rule()
    imported(status=status)

    assert earn_from_imports() == 0
    assert not EarnedLine.objects.exists()


def test_without_orders_to_earn_a_run_costs_two_queries(django_assert_num_queries) -> None:
    program(imported_from=day_in_shop(timezone.now() - timedelta(days=9)))
    rule()
    for _number in range(3):
        paid(10)

    with django_assert_num_queries(3):
        assert earn_from_imports() == 0
