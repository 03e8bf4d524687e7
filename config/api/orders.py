"""``POST /api/v1/orders/``: the one route that two apps answer together."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.checkout import CheckoutResult, place_order
from fraud.models import Decision
from membership.access.idempotency import idempotent
from membership.access.permissions import Caller, caller_kind, own_member
from membership.models import Order
from membership.orders.api.serializers import OrderInput
from membership.orders.api.views import OrderList, members_own_order


class CheckoutReason(serializers.Serializer[object]):
    code = serializers.CharField()
    text = serializers.CharField()


class ShortageOutput(serializers.Serializer[object]):
    """A line for which there was too little in stock."""

    line_no = serializers.IntegerField()
    sku = serializers.CharField()
    missing = serializers.IntegerField(help_text=_("Pieces that were not there."))
    backordered = serializers.IntegerField(help_text=_("Of these, pieces that are delivered later."))


class CheckoutOutput(serializers.Serializer[object]):
    """What became of the order. A member's token sees only ``id``, ``order_no`` and ``status``."""

    id = serializers.UUIDField()
    order_no = serializers.CharField()
    status = serializers.ChoiceField(choices=Order.Status.choices)
    decision = serializers.ChoiceField(choices=Decision.choices, required=False)
    probability = serializers.FloatField(
        required=False, allow_null=True, help_text=_("Of fraud; null when no model could answer.")
    )
    reasons = CheckoutReason(many=True, required=False)
    model_version = serializers.CharField(required=False, allow_null=True)
    shortages = ShortageOutput(
        many=True, required=False, help_text=_("Only where there was too little in stock.")
    )


@extend_schema_view(get=extend_schema(operation_id="orders_list", tags=["orders"]))
class OrdersView(OrderList):
    @extend_schema(
        operation_id="orders_create",
        request=OrderInput,
        responses={201: CheckoutOutput, 200: CheckoutOutput},
        tags=["orders"],
    )
    @idempotent(commits_early=True)
    def post(self, request: Request) -> Response:
        """Place an order and learn the decision. The same order again (number and content) answers 200."""
        member = own_member(request)
        data: Any = request.data if member is None else members_own_order(request.data, member=member)
        result = place_order(data=data, source=str(request.auth if member is None else member.member_no))
        body = _answer(result, for_member=caller_kind(request) is Caller.MEMBER)
        headers = {"Location": f"{request.path}{result.order.public_id}/"}
        return Response(body, status=201 if result.is_new else 200, headers=headers)


def _answer(result: CheckoutResult, *, for_member: bool) -> dict[str, object]:
    order = result.order
    body: dict[str, object] = {"id": str(order.public_id), "order_no": order.order_no, "status": order.status}
    if not for_member:
        body |= {
            "decision": result.decision,
            "probability": result.probability,
            "reasons": result.reasons,
            "model_version": result.model_version,
        }
        if result.shortages:
            body["shortages"] = [asdict(one) for one in result.shortages]
    return body
