"""Serializers of the coupons that staff and campaigns give."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from membership.access.fields import Cleaned, LaterMoment
from membership.cleaning.values import clean_currency
from membership.loyalty.api.serializers import CouponOutput
from membership.loyalty.coupons.making import LONGEST_CODE, CouponDraft
from membership.members.lookups import find_member
from membership.models import Coupon

GIVEN_BY = [(one.value, one.label) for one in (Coupon.Source.STAFF, Coupon.Source.CAMPAIGN)]


class CouponInput(serializers.Serializer[object]):
    """Either ``amount`` or ``percent``."""

    amount = serializers.DecimalField(14, 3, required=False, allow_null=True)
    percent = serializers.DecimalField(
        5, 2, required=False, allow_null=True, help_text=gettext_lazy("Of what the products cost.")
    )
    code = serializers.CharField(
        max_length=LONGEST_CODE,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("Made, unless given."),
    )
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field, which DRF takes off the class
        choices=GIVEN_BY, default=Coupon.Source.STAFF
    )
    currency = Cleaned(
        clean_currency, max_length=20, required=False, allow_blank=True,
        help_text=gettext_lazy("The shop's, unless given."),
    )  # fmt: skip
    member = serializers.CharField(
        max_length=60, required=False, allow_null=True,
        help_text=gettext_lazy("Id or number of the only member who may use it."),
    )  # fmt: skip
    uses_allowed = serializers.IntegerField(
        min_value=1, max_value=10_000_000, required=False, allow_null=True,
        help_text=gettext_lazy("A code for so many members, each once; without it, it is used once."),
    )  # fmt: skip
    expires_at = LaterMoment(required=False, allow_null=True)

    def draft(self) -> CouponDraft:
        """Raises Rejected where there is no such member."""
        given = dict(self.validated_data)
        named = given.pop("member", None)
        return CouponDraft(member=find_member(named) if named else None, **given)


class GivenCouponOutput(CouponOutput):
    member = serializers.UUIDField(source="member.public_id", default=None, allow_null=True)

    class Meta(CouponOutput.Meta):
        fields = (*CouponOutput.Meta.fields, "member")  # type: ignore[assignment]  # longer than its parent's


class CouponUseOutput(serializers.ModelSerializer[Coupon]):
    """One use of a shared code; ``withdrawn_at`` where it was given back."""

    member = serializers.UUIDField(source="member.public_id", default=None, allow_null=True)
    order = serializers.UUIDField(source="order.public_id", default=None, allow_null=True)
    applied = serializers.DecimalField(14, 3, min_value=Decimal(0))

    class Meta:
        model = Coupon
        fields = ("member", "order", "applied", "used_at", "withdrawn_at")
