"""Serializers of points, lots and coupons."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from learning.json_types import JsonObject
from membership.access.fields import LaterMoment
from membership.models import Coupon, PointsEntry, PointsLot

MAX_POINTS = 10_000_000


class PointsInput(serializers.Serializer[object]):
    points = serializers.IntegerField(min_value=-MAX_POINTS, max_value=MAX_POINTS)
    reason = serializers.CharField(max_length=80)
    order = serializers.UUIDField(required=False, allow_null=True)
    expires_at = LaterMoment(required=False, allow_null=True)

    def validate(self, attrs: JsonObject) -> JsonObject:
        if attrs["points"] == 0:
            raise serializers.ValidationError({"points": _("The number of points must not be 0.")})
        if attrs["points"] < 0 and attrs.get("expires_at"):
            raise serializers.ValidationError({"expires_at": _("Only credits expire.")})
        return attrs


class PointsOutput(serializers.ModelSerializer[PointsEntry]):
    order = serializers.UUIDField(source="order.public_id", default=None, allow_null=True)

    class Meta:
        model = PointsEntry
        fields = ("kind", "points", "reason", "order", "occurred_at", "available_at", "expires_at")


class LotOutput(serializers.ModelSerializer[PointsLot]):
    """Points that were given together and expire together; pending until ``available_at``."""

    order = serializers.UUIDField(source="order.public_id", default=None, allow_null=True)

    class Meta:
        model = PointsLot
        fields = ("source", "remaining", "order", "earned_at", "available_at", "expires_at")


class NextExpiry(serializers.Serializer[object]):
    points = serializers.IntegerField()
    last_day = serializers.DateField(help_text=gettext_lazy("The last day on which they count."))


class BalanceOutput(serializers.Serializer[object]):
    balance = serializers.IntegerField(help_text=gettext_lazy("What can be spent now; never below 0."))
    pending = serializers.IntegerField(help_text=gettext_lazy("Until the return window has passed."))
    debt = serializers.IntegerField(help_text=gettext_lazy("What later points pay first."))
    next_expiry = NextExpiry(allow_null=True)


class RedeemInput(serializers.Serializer[object]):
    points = serializers.IntegerField(min_value=1, max_value=MAX_POINTS)
    order = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text=gettext_lazy("Pay for this order; without it, get a coupon."),
    )


class CouponOutput(serializers.ModelSerializer[Coupon]):
    """``applied`` is what it took off its order; with ``uses_allowed`` it is a code for several members."""

    order = serializers.UUIDField(source="order.public_id", default=None, allow_null=True)

    class Meta:
        model = Coupon
        fields = (
            "code", "source", "points", "amount", "percent", "applied", "currency", "uses_allowed", "uses",
            "order", "created_at", "expires_at", "used_at", "withdrawn_at",
        )  # fmt: skip
