"""Coupons over the API."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from membership.loyalty.coupons.making import CouponDraft, make_coupon
from membership.loyalty.redeeming import use_coupon
from membership.models import Coupon
from tests.api_client import key_client, member_client, staff_client
from tests.factories import MemberFactory
from tests.membership.loyalty.shop import order

pytestmark = pytest.mark.django_db
URL = "/api/v1/loyalty/coupons/"
READ, WRITE = "loyalty:read", "loyalty:write"


def test_a_code_for_many_is_made_read_and_withdrawn() -> None:
    client = key_client(READ, WRITE)
    made = client.post(URL, {"percent": "15", "code": "spring", "uses_allowed": 100, "source": "campaign"})
    assert (made.status_code, made.data["code"], made.data["percent"]) == (201, "SPRING", "15.00")

    assert client.get(f"{URL}spring/").data["uses_allowed"] == 100
    assert [row["code"] for row in client.get(URL).data["results"]] == ["SPRING"]
    assert client.post(f"{URL}SPRING/withdraw/").data["withdrawn_at"] is not None
    assert client.post(f"{URL}SPRING/withdraw/").status_code == 409
    assert client.get(f"{URL}NONE/").status_code == 404


def test_uses_are_listed_with_member_and_order() -> None:
    make_coupon(draft=CouponDraft(amount=Decimal(5), code="SPRING", uses_allowed=3))
    made = order(20)
    use_coupon(code="SPRING", order=made)

    client = key_client(READ)
    (use,) = client.get(f"{URL}SPRING/uses/").data["results"]
    assert (use["member"], use["order"], use["applied"]) == (
        str(made.member.public_id), str(made.public_id), "5.000",
    )  # fmt: skip
    assert [row["uses"] for row in client.get(URL).data["results"]] == [1]  # uses are no coupons of their own


def test_a_coupon_of_one_member() -> None:
    member = MemberFactory()
    made = key_client(WRITE).post(URL, {"amount": "5", "member": member.member_no})

    assert made.data["member"] == str(member.public_id)
    assert Coupon.objects.get().member == member


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "amount"),
        ({"amount": "5", "percent": "5"}, "amount"),
        ({"amount": "5", "source": "points"}, "source"),
        ({"amount": "5", "member": "nobody"}, "member"),
        ({"amount": "5", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"amount": "5", "currency": "nothing"}, "currency"),
    ],
)
def test_what_cannot_be_is_refused_by_field(body: dict[str, object], field: str) -> None:
    answer = key_client(WRITE).post(URL, body)

    assert (answer.status_code, answer.data["errors"][0]["field"]) == (400, field)


def test_one_key_makes_one_coupon() -> None:
    client = key_client(WRITE)
    codes = {
        client.post(URL, {"amount": "5"}, headers={"Idempotency-Key": "k"}).data["code"] for _time in range(2)
    }

    assert len(codes) == Coupon.objects.count() == 1


def test_who_may_what() -> None:
    assert key_client(READ).post(URL, {"amount": "5"}).status_code == 403
    assert key_client(WRITE).get(URL).status_code == 403
    assert staff_client("membership.view_coupon").get(URL).status_code == 200
    assert staff_client("membership.view_coupon").post(URL, {"amount": "5"}).status_code == 403
    assert member_client(MemberFactory()).get(URL).status_code == 403


def test_a_list_takes_as_many_queries_whatever_its_length() -> None:
    client, lengths = key_client(READ), []
    client.get(URL)  # notes when the key was used
    for _round in range(2):
        for _number in range(4):
            make_coupon(draft=CouponDraft(amount=Decimal(5), member=MemberFactory()))
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        lengths.append(len(queries))
    assert lengths[0] == lengths[1]
