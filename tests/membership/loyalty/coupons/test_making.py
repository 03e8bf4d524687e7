"""Coupons that staff and campaigns give."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from membership.errors import Conflict, Rejected
from membership.loyalty.coupons.making import CouponDraft, make_coupon, withdraw_coupon
from membership.loyalty.redeeming import use_coupon
from membership.models import Coupon
from tests.factories import MemberFactory
from tests.membership.loyalty.shop import order

pytestmark = pytest.mark.django_db
TEN = Decimal(10)


def test_a_code_is_made_unless_given_and_kept_in_capitals() -> None:
    assert len(make_coupon(draft=CouponDraft(amount=TEN)).code) == 12
    assert make_coupon(draft=CouponDraft(amount=TEN, code=" spring ")).code == "SPRING"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "amount"),
        ({"amount": TEN, "percent": TEN}, "amount"),
        ({"amount": Decimal(0)}, "amount"),
        ({"percent": Decimal(101)}, "percent"),
        ({"amount": TEN, "uses_allowed": 0}, "uses_allowed"),
        ({"amount": TEN, "source": "points"}, "source"),
        ({"amount": TEN, "code": "A/B"}, "code"),
        ({"amount": TEN, "expires_at": timezone.now() - timedelta(days=1)}, "expires_at"),
    ],
)
def test_what_cannot_be_is_refused_by_field(values: dict[str, object], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        make_coupon(draft=CouponDraft(**values))  # type: ignore[arg-type]  # by name

    assert [error.field for error in refused.value.errors] == [field]
    assert not Coupon.objects.exists()


def test_a_shared_code_belongs_to_nobody() -> None:
    with pytest.raises(Rejected, match="none of them"):
        make_coupon(draft=CouponDraft(amount=TEN, uses_allowed=5, member=MemberFactory()))


def test_a_code_is_there_once_however_it_is_written() -> None:
    make_coupon(draft=CouponDraft(amount=TEN, code="SPRING"))

    with pytest.raises(Conflict, match="already"):
        make_coupon(draft=CouponDraft(amount=TEN, code="Spring"))


def test_a_withdrawn_coupon_is_used_by_nobody() -> None:
    coupon = make_coupon(draft=CouponDraft(amount=TEN, code="SPRING", uses_allowed=5))
    withdraw_coupon(coupon=coupon)

    with pytest.raises(Conflict, match="no longer valid"):
        use_coupon(code="SPRING", order=order(20))
    with pytest.raises(Conflict, match="used or withdrawn"):
        withdraw_coupon(coupon=coupon)


def test_the_database_refuses_an_amount_beside_a_percentage() -> None:
    coupon = make_coupon(draft=CouponDraft(percent=TEN))

    with pytest.raises(IntegrityError), transaction.atomic():
        Coupon.objects.filter(pk=coupon.pk).update(amount=1)
