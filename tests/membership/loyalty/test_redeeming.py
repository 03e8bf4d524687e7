"""Points exchanged for money off, and back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from membership.errors import Conflict, Rejected
from membership.loyalty.amounts import refund_split
from membership.loyalty.following import points_follow_order
from membership.loyalty.ledger import add_points
from membership.loyalty.redeeming import redeem_points, return_unused, use_coupon
from membership.models import Coupon, Member, Order, PointsEntry
from membership.orders.taking import create_order, settle_order
from tests.factories import MemberFactory, ProductFactory
from tests.membership.loyalty.shop import change, check_ledger, order, paid, program, rule, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Member:
    program(point_value=Decimal("0.05"))
    member: Member = MemberFactory.create()
    add_points(member=member, points=1000, reason="gift")
    return member


def test_points_pay_for_an_order_and_come_back_when_it_is_cancelled(ann):
    made = order(20, member=ann)
    coupon = redeem_points(member=ann, points=200, order=made)
    assert (coupon.order, coupon.applied, coupon.points) == (made, Decimal(10), 200)
    assert standing(ann) == (800, 0)
    change(made, "cancelled")
    assert standing(ann) == (1000, 0)
    change(made, "paid")
    assert standing(ann) == (800, 0)
    check_ledger(ann, at=timezone.now())


def test_no_more_points_are_taken_than_the_products_need(ann):
    made = order(20, member=ann)
    assert redeem_points(member=ann, points=1000, order=made).points == 400
    with pytest.raises(Conflict, match="Nothing is left to pay"):
        redeem_points(member=ann, points=1, order=made)
    assert standing(ann) == (600, 0)


def test_what_was_paid_with_points_earns_none(ann):
    rule()
    made = order(20, member=ann)
    redeem_points(member=ann, points=200, order=made)
    change(made, "paid")
    assert standing(ann) == (800 + 10, 0)


def test_a_part_refund_is_split_and_all_parts_add_up_to_what_was_paid(ann):
    made = order(10, 10, 10, member=ann)
    redeem_points(member=ann, points=100, order=made)  # 5.00 of 30.00
    back = []
    for line in (1, 2, 3):
        change(made, refunded=dict.fromkeys(range(1, line + 1), 10))
        split = refund_split(order=made)
        assert split.money + split.points_worth == made.refunded
        back.append((standing(ann)[0], split.money))
    assert back == [(933, Decimal("8.35")), (966, Decimal("16.70")), (1000, Decimal("25.00"))]
    check_ledger(ann, at=timezone.now())


def test_points_whose_lot_has_expired_come_back_with_the_stated_life(noon):
    program(returned_life_days=30)
    member = MemberFactory.create()
    add_points(member=member, points=100, reason="x", at=noon, expires_at=noon + timedelta(days=1))
    add_points(member=member, points=100, reason="x", at=noon)
    made = order(1, 1, member=member)
    redeem_points(member=member, points=150, order=made, at=noon)
    Order.objects.filter(pk=made.pk).update(status="cancelled")
    late = noon + timedelta(days=5)
    points_follow_order(order=made, at=late)
    assert standing(member, at=late) == (200, 0)
    assert standing(member, at=late + timedelta(days=32)) == (100, 0)
    check_ledger(member, at=late)


def test_points_that_a_reopened_order_needs_again_but_are_spent_are_owed(ann):
    made = order(50, member=ann)
    redeem_points(member=ann, points=1000, order=made)
    change(made, "cancelled")
    add_points(member=ann, points=-900, reason="voucher")
    change(made, "paid")
    assert standing(ann) == (0, 900)


def test_registration_points_spent_earned_again_and_cancelled_leave_the_registration_points():
    program(point_value=Decimal(1))
    rule("order", 21)
    member = MemberFactory.create()
    add_points(member=member, points=50, reason="registration")
    made = order(100, member=member)
    redeem_points(member=member, points=50, order=made)
    change(made, "paid")
    assert standing(member) == (21, 0)
    change(made, "cancelled")
    assert standing(member) == (50, 0)


def test_a_coupon_is_used_once_and_what_the_order_does_not_need_goes_back(ann):
    coupon = redeem_points(member=ann, points=400)  # 20.00
    made, another = order(15, member=ann), order(15, member=ann)
    used = use_coupon(code=f" {coupon.code.lower()} ", order=made)
    assert used is not None
    assert (used.applied, used.points, standing(ann)) == (Decimal(15), 300, (700, 0))
    assert use_coupon(code=coupon.code, order=made) == used
    with pytest.raises(Conflict, match="has been used"):
        use_coupon(code=coupon.code, order=another)
    change(made, "cancelled")
    assert standing(ann) == (1000, 0)


def test_another_members_coupon_and_an_old_one_are_refused(ann):
    coupon = redeem_points(member=ann, points=400)
    with pytest.raises(Conflict, match="another member"):
        use_coupon(code=coupon.code, order=order(15))
    Coupon.objects.update(expires_at=timezone.now() - timedelta(days=1))
    with pytest.raises(Conflict, match="no longer valid"):
        use_coupon(code=coupon.code, order=order(15, member=ann))
    assert use_coupon(code="THE-SHOPS-OWN", order=order(15, member=ann)) is None


def test_an_unused_coupon_gives_its_points_back_once(ann):
    coupon = redeem_points(member=ann, points=400)
    return_unused(coupon=coupon)
    assert standing(ann) == (1000, 0)
    with pytest.raises(Conflict):
        return_unused(coupon=coupon)


@pytest.mark.parametrize("values", [{"point_value": 0}, {"smallest_redemption": 500}])
def test_a_shop_may_set_no_value_or_a_smallest_number(ann, values):
    program(**values)
    with pytest.raises((Conflict, Rejected)):
        redeem_points(member=ann, points=499)


def test_orders_of_others_closed_ones_and_other_currencies_take_no_points(ann):
    for made in (order(10), paid(10, member=ann, currency="JPY"), order(10, member=ann, status="shipped")):
        with pytest.raises((Conflict, Rejected)):
            redeem_points(member=ann, points=10, order=made)
    assert standing(ann) == (1000, 0)
    assert not Coupon.objects.exists()


def test_a_frozen_member_redeems_nothing(ann):
    ann.status = "frozen"
    ann.save()
    with pytest.raises(Conflict):
        redeem_points(member=ann, points=10)


def draft(member: Member, **values: object) -> dict[str, object]:
    sku = ProductFactory.create(price=Decimal(10)).sku
    return {"member": member.member_no, "order_no": "N1", "lines": [{"sku": sku, "quantity": 1}], **values}


def test_a_new_order_is_paid_with_points_and_a_declined_one_gives_them_back(ann):
    made, _new = create_order(draft=draft(ann, points=100))
    assert standing(ann) == (900, 0)
    settle_order(order=made, status="declined")
    assert standing(ann) == (1000, 0)


def test_a_new_order_that_cannot_be_paid_so_is_not_stored(ann):
    with pytest.raises(Conflict):
        create_order(draft=draft(MemberFactory(), points=100))
    coupon = redeem_points(member=ann, points=10)
    with pytest.raises(Conflict):
        create_order(draft=draft(MemberFactory(), coupon=coupon.code))
    assert not Order.objects.exists()
    assert PointsEntry.objects.count() == 2
