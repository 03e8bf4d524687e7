"""A member's points: what there is, what moved, giving, taking and redeeming."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.access.idempotency import idempotent
from membership.access.permissions import caller_kind, get_member, staff_user
from membership.access.visible import visible_orders
from membership.errors import rejected
from membership.loyalty.api.serializers import (
    BalanceOutput,
    CouponOutput,
    LotOutput,
    PointsInput,
    PointsOutput,
    RedeemInput,
)
from membership.loyalty.ledger import add_points
from membership.loyalty.redeeming import redeem_points
from membership.loyalty.standing import standing_of
from membership.models import Coupon, Member, Order, PointsEntry, PointsLot


class MemberPointsView(ListAPIView[PointsEntry]):
    """The member's points, newest first. The balance is at ``points/balance/``."""

    required_scopes = {"GET": "members:read", "POST": "members:write"}
    required_permissions = {"GET": "membership.view_pointsentry", "POST": "membership.add_pointsentry"}
    member_methods = frozenset({"GET"})
    queryset = PointsEntry.objects.none()
    serializer_class = PointsOutput
    cursor_ordering = ("-occurred_at", "-id")

    def get_queryset(self) -> QuerySet[PointsEntry]:
        return get_member(self.request, self.kwargs["id"]).points.select_related("order")

    @extend_schema(operation_id="members_points", tags=["members"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="members_points_add",
        request=PointsInput,
        responses={201: PointsOutput},
        tags=["members"],
    )
    @idempotent
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Credit points, or debit them (below zero). 409 when the balance does not cover it."""
        member = get_member(request, id)
        given = PointsInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        order = _order_of(request, member, values.pop("order", None))
        return Response(
            PointsOutput(add_points(member=member, order=order, by=_who(request), **values)).data, status=201
        )


class MemberBalanceView(APIView):
    required_scopes = {"GET": "members:read"}
    required_permissions = {"GET": "membership.view_pointsentry"}
    member_methods = frozenset({"GET"})

    @extend_schema(operation_id="members_points_balance", responses=BalanceOutput, tags=["members"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the address
        """What can be spent, what is pending, what is owed and what expires first."""
        return Response(BalanceOutput(standing_of(member=get_member(request, id))).data)


class MemberLotsView(ListAPIView[PointsLot]):
    """Points that are left, by lot: what was earned together and expires together, newest first."""

    required_scopes = {"GET": "members:read"}
    required_permissions = {"GET": "membership.view_pointsentry"}
    member_methods = frozenset({"GET"})
    queryset = PointsLot.objects.none()
    serializer_class = LotOutput
    cursor_ordering = ("-earned_at", "-id")

    def get_queryset(self) -> QuerySet[PointsLot]:
        return (
            get_member(self.request, self.kwargs["id"])
            .points_lots.filter(remaining__gt=0)
            .select_related("order")
        )

    @extend_schema(operation_id="members_points_lots", tags=["members"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)


class MemberCouponsView(ListAPIView[Coupon]):
    """The member's coupons, newest first."""

    required_scopes = {"GET": "members:read"}
    required_permissions = {"GET": "membership.view_coupon"}
    member_methods = frozenset({"GET"})
    queryset = Coupon.objects.none()
    serializer_class = CouponOutput
    cursor_ordering = ("-created_at", "-id")

    def get_queryset(self) -> QuerySet[Coupon]:
        return get_member(self.request, self.kwargs["id"]).coupons.select_related("order")

    @extend_schema(operation_id="members_coupons", tags=["members"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)


class RedeemView(APIView):
    required_scopes = {"POST": "members:write"}
    required_permissions = {"POST": "membership.add_coupon"}
    member_methods = frozenset({"POST"})

    @extend_schema(
        operation_id="members_points_redeem",
        request=RedeemInput,
        responses={201: CouponOutput},
        tags=["members"],
    )
    @idempotent
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the address
        """Pay for an open order with points, or exchange them for a coupon.

        For an order no more points are taken than its products need; ``applied`` says what they came to.
        409 when the balance does not cover them, the order is closed, or the shop redeems no points.
        """
        member = get_member(request, id)
        given = RedeemInput(data=request.data)
        given.is_valid(raise_exception=True)
        order = _order_of(request, member, given.validated_data.get("order"))
        coupon = redeem_points(
            member=member, points=given.validated_data["points"], order=order, by=_who(request)
        )
        return Response(CouponOutput(coupon).data, status=201)


def _order_of(request: Request, member: Member, named: UUID | None) -> Order | None:
    order = visible_orders(request).filter(public_id=named, member=member).first() if named else None
    if named and order is None:
        raise rejected("order", _("The member has no order %s.") % named)
    return order


def _who(request: Request) -> str:
    """For the ledger: the staff user's name, or what kind of caller it was."""
    user = staff_user(request)
    return user.get_username() if user is not None else caller_kind(request).value
