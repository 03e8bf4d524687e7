"""Coupons follow their order; those of points have their own way (test_redeeming)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from membership.errors import Conflict
from membership.loyalty.coupons.making import CouponDraft, make_coupon
from membership.models import Coupon, Order
from membership.orders.editing import LineDraft, edit_lines
from membership.orders.moving import move_order
from membership.orders.refunds import Wanted, refund_order
from membership.orders.taking import create_order, settle_order
from tests.factories import MemberFactory
from tests.membership.orders.makers import product, taken

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tea() -> None:
    product("TEA", "2.50")


def coupon(**values: object) -> Coupon:
    given = {"code": "TEN", **(values or {"amount": Decimal(3)})}
    return make_coupon(draft=CouponDraft(**given))  # type: ignore[arg-type]  # by name


def stored() -> Coupon:
    return Coupon.objects.get()


def buy(**draft: Any) -> Order:
    return taken({"TEA": 4}, coupon="TEN", **draft)


def test_a_coupon_is_used_by_one_order() -> None:
    coupon()
    order = buy()

    assert (stored().order, stored().applied) == (order, Decimal(3))
    with pytest.raises(Conflict, match="has been used"):
        buy()


def test_a_cancelled_order_gives_its_coupon_back_for_another() -> None:
    coupon()
    order = buy()
    move_order(order=order, status="cancelled", source="test")
    assert (stored().order, stored().used_at, stored().applied) == (None, None, Decimal(0))

    other = buy()
    assert stored().order == other


def test_a_declined_order_gives_its_coupon_back() -> None:
    coupon()
    draft = {"member": MemberFactory().member_no, "order_no": "D1", "coupon": "TEN"}
    order, _new = create_order(draft={**draft, "lines": [{"sku": "TEA", "quantity": 1}]})
    assert stored().order == order

    settle_order(order=order, status="declined")
    assert stored().order is None


def test_a_reopened_order_takes_its_coupon_again() -> None:
    coupon()
    order = buy()
    move_order(order=order, status="cancelled", source="test")
    move_order(order=order, status="paid", source="test")

    assert (stored().order, stored().applied) == (order, Decimal(3))


def test_a_refund_does_not_give_it_back() -> None:
    coupon()
    order = buy()
    refund_order(order=order, wanted=Wanted(everything=True), source="test")

    assert stored().order == order


@pytest.mark.parametrize(("percent", "applied"), [("10", "1.00"), ("33.33", "3.33"), ("100", "10.00")])
def test_a_percentage_is_of_the_products_in_the_smallest_unit(percent: str, applied: str) -> None:
    coupon(percent=Decimal(percent))
    buy(shipping=Decimal(5))

    assert stored().applied == Decimal(applied)


def test_a_percentage_follows_edited_lines() -> None:
    coupon(percent=Decimal(10))
    order = buy()
    edit_lines(order=order, lines=[LineDraft("TEA", 8)], source="test")

    assert stored().applied == Decimal(2)


def test_a_percentage_holds_in_any_currency_and_an_amount_in_its_own() -> None:
    coupon(percent=Decimal(10))
    coupon(amount=Decimal(3), code="THREE")
    yen: dict[str, Any] = {
        "currency": "JPY",
        "lines": [{"sku": "TEA", "quantity": 1, "unit_price": Decimal(995)}],
    }
    buy(**yen)

    assert Coupon.objects.get(code="TEN").applied == Decimal(100)
    with pytest.raises(Conflict, match="is in USD"):
        taken({}, coupon="THREE", **yen)


def test_an_order_without_a_code_costs_no_query_more(django_assert_num_queries) -> None:
    from membership.loyalty.coupons.following import coupons_follow_order

    order = taken({"TEA": 1})
    with django_assert_num_queries(0):
        coupons_follow_order(order, None)
