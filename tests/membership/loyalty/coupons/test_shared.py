"""Codes for several members: each once, and never more often than allowed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from membership.errors import Conflict
from membership.loyalty.coupons.making import CouponDraft, make_coupon
from membership.models import Coupon, Member, Order
from membership.orders.moving import move_order
from tests.factories import MemberFactory
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db


def code(**values: object) -> Coupon:
    given = {"percent": Decimal(10), "uses_allowed": 2, "code": "SPRING", **values}
    return make_coupon(draft=CouponDraft(**given))  # type: ignore[arg-type]  # by name


def buy(member: Member | None = None, **draft: Any) -> Order:
    return taken({"TEA": 4}, member=member, coupon="spring", **draft)


@pytest.fixture(autouse=True)
def tea() -> None:
    product("TEA", "2.50")


def uses() -> int:
    return Coupon.objects.get(code="SPRING").uses


def test_anybody_uses_the_code_and_each_use_is_tied_to_its_order() -> None:
    shared = code()
    first, second = buy(), buy()

    assert [one.coupons.get().applied for one in (first, second)] == [Decimal(1), Decimal(1)]
    assert {use.member for use in shared.used_as.all()} == {first.member, second.member}
    assert uses() == 2


def test_it_is_used_as_often_as_it_may_be() -> None:
    code()
    buy()
    buy()

    with pytest.raises(Conflict, match="as often as it may be"):
        buy()
    assert (uses(), Order.objects.count()) == (2, 2)


def test_each_member_uses_it_once() -> None:
    code()
    order = buy()

    with pytest.raises(Conflict, match="member has used"):
        buy(order.member)
    assert uses() == 1


def test_a_cancelled_order_gives_its_use_back_and_a_reopened_one_takes_it_again() -> None:
    code(uses_allowed=1)
    order = buy()
    move_order(order=order, status="cancelled", source="test")
    assert (uses(), order.coupons.get().applied) == (0, Decimal(0))

    move_order(order=order, status="paid", source="test")
    assert (uses(), order.coupons.get().applied) == (1, Decimal(1))


def test_a_use_that_somebody_took_meanwhile_is_not_taken_again() -> None:
    code(uses_allowed=1)
    order = buy()
    move_order(order=order, status="cancelled", source="test")
    other = buy()
    move_order(order=order, status="paid", source="test")

    assert (uses(), other.coupons.get().applied, order.coupons.get().applied) == (1, Decimal(1), Decimal(0))


def test_after_a_cancelled_order_the_member_may_use_it_again() -> None:
    code(uses_allowed=1)
    order = buy()
    move_order(order=order, status="cancelled", source="test")

    assert buy(order.member).coupons.get().applied == Decimal(1)
    assert uses() == 1


def test_the_database_refuses_more_uses_than_allowed() -> None:
    shared = code()

    with pytest.raises(IntegrityError), transaction.atomic():
        Coupon.objects.filter(pk=shared.pk).update(uses=3)


def test_of_many_orders_at_once_as_many_get_it_as_allowed(threaded_db: None) -> None:
    product("CUP", "1.00")
    code(uses_allowed=3)
    members = MemberFactory.create_batch(8)
    ready = threading.Barrier(len(members))

    def order(number: int) -> bool:
        ready.wait(timeout=10)
        try:
            taken({"CUP": 1}, member=members[number], coupon="SPRING", order_no=f"C{number}")
        except Conflict:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(len(members)) as pool:
        got = list(pool.map(order, range(len(members))))

    assert (sum(got), uses(), Coupon.objects.filter(shared__isnull=False).count()) == (3, 3, 3)
