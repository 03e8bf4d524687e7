"""Coupons that staff and campaigns give, over the API."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.access.idempotency import idempotent
from membership.loyalty.api.coupon_serializers import CouponInput, CouponUseOutput, GivenCouponOutput
from membership.loyalty.coupons.making import make_coupon, withdraw_coupon
from membership.models import Coupon

READ, WRITE = "loyalty:read", "loyalty:write"
VIEW = "membership.view_coupon"


def _given() -> QuerySet[Coupon]:
    """All but the single uses of shared codes."""
    return Coupon.objects.filter(shared=None).select_related("member", "order")


def _coupon(code: str) -> Coupon:
    coupon = _given().filter(code__iexact=code).first()
    if coupon is None:
        raise Http404(_("There is no coupon %s.") % code)
    return coupon


class CouponsView(ListAPIView[Coupon]):
    """All coupons, newest first."""

    required_scopes = {"GET": READ, "POST": WRITE}
    required_permissions = {"GET": VIEW, "POST": "membership.add_coupon"}
    queryset = Coupon.objects.none()
    serializer_class = GivenCouponOutput
    cursor_ordering = ("-created_at", "-id")

    def get_queryset(self) -> QuerySet[Coupon]:
        return _given()

    @extend_schema(operation_id="loyalty_coupons", tags=["loyalty"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="loyalty_coupons_create", request=CouponInput,
        responses={201: GivenCouponOutput}, tags=["loyalty"],
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a coupon: an amount or a percentage off, for one member, for anybody once, or for several."""
        given = CouponInput(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(GivenCouponOutput(make_coupon(draft=given.draft())).data, status=201)


class CouponView(APIView):
    required_scopes = {"GET": READ}
    required_permissions = {"GET": VIEW}

    @extend_schema(operation_id="loyalty_coupons_get", responses=GivenCouponOutput, tags=["loyalty"])
    def get(self, request: Request, code: str) -> Response:
        """One coupon, by its code."""
        return Response(GivenCouponOutput(_coupon(code)).data)


class CouponWithdrawView(APIView):
    required_scopes = {"POST": WRITE}
    required_permissions = {"POST": "membership.change_coupon"}

    @extend_schema(
        operation_id="loyalty_coupons_withdraw", request=None, responses=GivenCouponOutput, tags=["loyalty"]
    )
    def post(self, request: Request, code: str) -> Response:
        """Let nobody use it from now on; what it took off orders stays. 409 when it has been used."""
        coupon = _coupon(code)
        withdraw_coupon(coupon=coupon)
        return Response(GivenCouponOutput(coupon).data)


class CouponUsesView(ListAPIView[Coupon]):
    """The uses of a shared code, newest first."""

    required_scopes = {"GET": READ}
    required_permissions = {"GET": VIEW}
    queryset = Coupon.objects.none()
    serializer_class = CouponUseOutput
    cursor_ordering = ("-created_at", "-id")

    def get_queryset(self) -> QuerySet[Coupon]:
        return _coupon(self.kwargs["code"]).used_as.select_related("member", "order")

    @extend_schema(operation_id="loyalty_coupons_uses", tags=["loyalty"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)
