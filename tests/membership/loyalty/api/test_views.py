"""Points over the API: what a member has, and redeeming."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from membership.loyalty.ledger import add_points
from membership.models import Coupon, Member, PointsEntry
from tests.api_client import key_client, member_client, staff_client
from tests.factories import MemberFactory, ProductFactory
from tests.membership.loyalty.shop import change, order, paid, program, rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Member:
    program(point_value=Decimal("0.05"), return_days=14)
    member: Member = MemberFactory.create()
    add_points(member=member, points=1000, reason="gift")
    return member


def url(member: Member, rest: str) -> str:
    return f"/api/v1/members/{member.public_id}/{rest}"


def test_a_member_sees_what_can_be_spent_what_is_pending_owed_and_expires(ann):
    rule()
    paid(20, member=ann)
    add_points(member=ann, points=5, reason="x", expires_at=timezone.now() + timedelta(days=3))
    answer = member_client(ann).get(url(ann, "points/balance/"))
    assert {**answer.data, "next_expiry": answer.data["next_expiry"]["points"]} == {
        "balance": 1005, "pending": 20, "debt": 0, "next_expiry": 5,
    }  # fmt: skip
    lots = member_client(ann).get(url(ann, "points/lots/")).data["results"]
    assert [(lot["source"], lot["remaining"]) for lot in lots] == [
        ("staff", 5),
        ("order", 20),
        ("staff", 1000),
    ]


def test_a_member_pays_for_an_order_of_their_own_with_points(ann):
    made = order(20, member=ann)
    answer = member_client(ann).post(
        url(ann, "points/redeem/"), {"points": 100, "order": str(made.public_id)}
    )
    assert answer.status_code == 201
    assert (answer.data["points"], answer.data["applied"]) == (100, "5.000")
    assert ann.points_balance() == 900
    assert PointsEntry.objects.latest("id").by == "member"
    change(made, "cancelled")
    assert ann.points_balance() == 1000


def test_redeeming_twice_with_one_key_happens_once(ann):
    client = key_client("members:write")
    for _again in range(2):
        answer = client.post(url(ann, "points/redeem/"), {"points": 100}, headers={"Idempotency-Key": "one"})
        assert answer.status_code == 201
    assert (Coupon.objects.count(), ann.points_balance()) == (1, 900)
    listed = member_client(ann).get(url(ann, "coupons/")).data["results"]
    assert [row["code"] for row in listed] == [answer.data["code"]]


@pytest.mark.parametrize(("points", "status"), [(1001, 409), (0, 400), ("many", 400)])
def test_what_the_balance_does_not_cover_is_refused(ann, points, status):
    answer = member_client(ann).post(url(ann, "points/redeem/"), {"points": points})
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("application/problem+json")


def test_anothers_points_and_orders_are_not_to_be_had(ann):
    bob = MemberFactory.create()
    assert member_client(bob).post(url(ann, "points/redeem/"), {"points": 1}).status_code == 404
    assert member_client(bob).get(url(ann, "points/lots/")).status_code == 404
    body = {"points": 1, "order": str(order(20).public_id)}
    assert member_client(ann).post(url(ann, "points/redeem/"), body).status_code == 400
    assert staff_client().post(url(ann, "points/redeem/"), {"points": 1}).status_code == 403
    assert key_client("members:read").post(url(ann, "points/redeem/"), {"points": 1}).status_code == 403


def test_who_gave_points_is_kept(ann):
    client = staff_client("membership.add_pointsentry")
    assert client.post(url(ann, "points/"), {"points": 5, "reason": "sorry"}).status_code == 201
    newest = PointsEntry.objects.latest("id")
    assert (newest.points, newest.reason, bool(newest.by)) == (5, "sorry", True)


def test_a_debit_from_several_lots_is_answered_as_one(ann):
    add_points(member=ann, points=5, reason="x")
    answer = key_client("members:write").post(url(ann, "points/"), {"points": -1004, "reason": "voucher"})
    assert (answer.status_code, answer.data["points"], ann.points_balance()) == (201, -1004, 1)


def test_an_order_is_placed_and_paid_with_points_by_the_member(ann):
    sku = ProductFactory.create(price=Decimal(10)).sku
    body = {"order_no": "W1", "lines": [{"sku": sku, "quantity": 1}], "points": 100}
    answer = member_client(ann).post("/api/v1/orders/", body)
    assert answer.status_code == 201
    assert (ann.points_balance(), Coupon.objects.get(order__order_no="W1").points) == (900, 100)
    again = member_client(ann).post("/api/v1/orders/", body)
    assert (again.status_code, ann.points_balance()) == (200, 900)
    refused = member_client(ann).post(
        "/api/v1/orders/",
        {**body, "order_no": "W2", "points": 9000, "lines": [{"sku": sku, "quantity": 100}]},
    )
    assert refused.status_code == 409


def test_a_refund_says_what_is_money_and_what_came_back_as_points(ann):
    made = order(10, 10, member=ann)
    key_client("members:write").post(
        url(ann, "points/redeem/"), {"points": 100, "order": str(made.public_id)}
    )
    change(made, "paid")
    body = {"lines": [{"line_no": 1, "quantity": 1}], "reason": "broken"}
    answer = key_client("orders:write").post(f"/api/v1/orders/{made.public_id}/refunds/", body)
    assert answer.status_code == 201
    assert answer.data["split"] == {"money": "7.500", "points": 50, "points_worth": "2.500"}
    assert ann.points_balance() == 950
