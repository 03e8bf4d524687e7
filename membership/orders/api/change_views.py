"""One order over REST: read it, change it, refund it, read its history."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.access.etags import IF_MATCH, check_if_match, tagged_response
from membership.access.idempotency import idempotent
from membership.access.permissions import Caller, caller_kind, caller_name
from membership.models import Order, OrderChange, Refund
from membership.orders.api.change_serializers import ChangeOutput, OrderPatch, RefundAnswer, RefundInput
from membership.orders.api.serializers import OrderDetail, StaffOrderDetail
from membership.orders.api.views import get_order
from membership.orders.editing import edit_lines
from membership.orders.moving import move_order
from membership.orders.refunds import refund_order
from membership.orders.shown_changes import shown_changes
from membership.orders.stock import with_backorders
from registry.queueing import queue_after_commit

SOURCE = "api"
REFRESH = "membership.tasks.refresh_changed_members"
"""Figures and segments follow at once, not only when the schedule finds the member's mark."""


class OrderView(APIView):
    required_scopes = {"GET": "orders:read", "PATCH": "orders:write"}
    required_permissions = {"GET": "membership.view_order", "PATCH": "membership.change_order"}
    member_methods = frozenset({"GET"})

    @extend_schema(operation_id="orders_get", responses={200: StaffOrderDetail, 304: None}, tags=["orders"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One order with its lines, with an ETag."""
        order = get_order(request, id)
        shown = OrderDetail if caller_kind(request) is Caller.MEMBER else StaffOrderDetail
        return tagged_response(request, shown(_with_lines(order)).data)

    @extend_schema(
        operation_id="orders_change",
        request=OrderPatch,
        responses=StaffOrderDetail,
        parameters=[IF_MATCH],
        tags=["orders"],
    )
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Give it another status, or, before it is shipped, other lines.

        409 with the reason where the order may not become so. With If-Match nothing is changed that the
        caller has not seen.
        """
        order = get_order(request, id)
        given = OrderPatch(data=request.data)
        given.is_valid(raise_exception=True)
        reason, who = given.validated_data["reason"], caller_name(request)
        with transaction.atomic():
            Order.objects.select_for_update(no_key=True).get(pk=order.pk)
            if "If-Match" in request.headers:
                check_if_match(request, _shown(request, id))
            if "lines" in given.validated_data:
                edit_lines(order=order, lines=given.drafts(), source=SOURCE, who=who, reason=reason)
            else:
                status = given.validated_data["status"]
                move_order(order=order, status=status, source=SOURCE, who=who, reason=reason)
            queue_after_commit(REFRESH)
        return tagged_response(request, _shown(request, id))


class OrderRefundsView(APIView):
    required_scopes = {"POST": "orders:write"}
    required_permissions = {"POST": "membership.change_order"}

    @extend_schema(
        operation_id="orders_refund", request=RefundInput, responses={201: RefundAnswer}, tags=["orders"]
    )
    @idempotent
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Refund all of an order, some of its lines, or an amount of its products.

        409 where more is asked for than is left, or the order cannot be refunded.
        """
        order = get_order(request, id)
        given = RefundInput(data=request.data)
        given.is_valid(raise_exception=True)
        refund = refund_order(
            order=order, wanted=given.wanted(), source=SOURCE, who=caller_name(request),
            reason=given.validated_data["reason"], restock=given.validated_data["restock"],
        )  # fmt: skip
        queue_after_commit(REFRESH)
        refund = Refund.objects.select_related("order", "change").get(pk=refund.pk)
        return Response(RefundAnswer(refund).data, status=201)


class OrderChangesView(ListAPIView[OrderChange]):
    """What was changed of an order after it was stored, newest first: when, by whom, why."""

    required_scopes = {"GET": "orders:read"}
    required_permissions = {"GET": "membership.view_order"}
    queryset = OrderChange.objects.none()
    serializer_class = ChangeOutput
    filterset_fields = ("source",)
    cursor_ordering = ("-changed_at", "-id")

    def get_queryset(self) -> QuerySet[OrderChange]:
        return get_order(self.request, self.kwargs["id"]).changes.all()

    @extend_schema(operation_id="orders_changes", tags=["orders"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        shown = ChangeOutput(shown_changes(page or []), many=True)  # type: ignore[arg-type]  # with names for ids
        return self.get_paginated_response(shown.data)


def _with_lines(order: Order) -> Order:
    items = with_backorders(order.items.select_related("product"))
    order._prefetched_objects_cache = {"items": items}  # type: ignore[attr-defined]  # private
    return order


def _shown(request: Request, public_id: UUID) -> object:
    return StaffOrderDetail(_with_lines(get_order(request, public_id))).data
