"""Reading orders, and noting their outcome. Posting one is ``config.api.orders``: it also asks for fraud."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from membership.access.filters import MomentFilter
from membership.access.permissions import Caller, caller_kind
from membership.access.visible import visible_orders
from membership.models import Member, Order
from membership.orders.api.serializers import (
    LabelInput,
    LabelOutput,
    OrderOutput,
    StaffOrderOutput,
)
from membership.orders.taking import label_order
from registry.api.lookups import by_public_id

LABELS = {
    "chargeback": (True, Order.LabelSource.CHARGEBACK),
    "confirmed_good": (False, Order.LabelSource.CONFIRMED),
}
MEMBERS_SAY = {
    "member", "order_no", "lines", "channel", "payment_method", "payment_fingerprint", "device_fingerprint",
    "address_fingerprint", "billing_country", "shipping_country", "coupon", "points",
}  # fmt: skip
MEMBERS_SAY_OF_LINES = {"sku", "quantity", "gift"}


def get_order(request: Request, public_id: UUID) -> Order:
    return by_public_id(visible_orders(request), public_id, _("There is no order %s."))


class OrderFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    member = filters.UUIDFilter("member__public_id", label="the member's id")
    member_no = filters.CharFilter("member__member_no", label="the member's number")
    placed_after = MomentFilter("placed_at", "gte", label="placed at this moment or later")
    placed_before = MomentFilter("placed_at", "lt", label="placed before this moment")

    class Meta:
        model = Order
        fields = ("order_no", "status", "channel", "is_fraud")


class OrderList(ListAPIView[Order]):
    """Orders, newest first. A member's token sees its own, without the fraud label and traces."""

    required_scopes = {"GET": "orders:read", "POST": "orders:write"}
    required_permissions = {"GET": "membership.view_order", "POST": "membership.add_order"}
    member_methods = frozenset({"GET", "POST"})
    queryset = Order.objects.none()
    filterset_class = OrderFilter
    cursor_ordering = ("-placed_at", "-id")

    def get_queryset(self) -> QuerySet[Order]:
        return visible_orders(self.request)

    def get_serializer_class(self) -> type[BaseSerializer[Order]]:
        return OrderOutput if caller_kind(self.request) is Caller.MEMBER else StaffOrderOutput


class OrderLabelView(APIView):
    required_scopes = {"POST": "labels:write"}
    required_permissions = {"POST": "membership.change_order"}

    @extend_schema(operation_id="orders_label", request=LabelInput, responses=LabelOutput, tags=["orders"])
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Report what became of an order. The label that became known last counts; repeating is harmless."""
        order = get_order(request, id)
        given = LabelInput(data=request.data)
        given.is_valid(raise_exception=True)
        is_fraud, source = LABELS[given.validated_data["outcome"]]
        applied = label_order(
            order=order, is_fraud=is_fraud, source=source, known_at=given.validated_data.get("known_at")
        )
        answer = {
            "order_no": order.order_no,
            "is_fraud": order.is_fraud,
            "label_known_at": order.label_known_at,
            "label_source": order.label_source,
            "applied": applied,
        }
        return Response(LabelOutput(answer).data)


def members_own_order(data: object, *, member: Member) -> dict[str, object]:
    """What a member's own token posted, as an order for that member at the shop's prices, not yet paid.

    Raises ValidationError on everything that only the shop may set.
    """
    if not isinstance(data, Mapping):
        raise ValidationError(_("Send one order as a JSON object."))
    only_shop = _("Only the shop may set this.")
    errors: dict[str, str] = {name: only_shop for name in data if name not in MEMBERS_SAY}
    if data.get("member") not in (None, str(member.public_id), member.member_no):
        errors["member"] = _("You can order only for yourself.")
    lines = data.get("lines")
    for position, line in enumerate(lines if isinstance(lines, list) else ()):
        extra = set(line) - MEMBERS_SAY_OF_LINES if isinstance(line, Mapping) else set()
        errors |= {f"lines.{position}.{name}": only_shop for name in sorted(extra)}
    if errors:
        raise ValidationError(errors)
    return {**data, "member": str(member.public_id), "status": Order.Status.PENDING.value}
