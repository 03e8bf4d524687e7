"""A product's stock over REST: set or changed, and the history of it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from membership.access.idempotency import idempotent
from membership.access.permissions import caller_name
from membership.catalogue.api import get_product
from membership.catalogue.stock.changing import Cause, change_stock, set_stock
from membership.catalogue.stock.serializers import MovementOutput, StockInput, StockOutput
from membership.models import StockMovement


class ProductStockView(ListAPIView[StockMovement]):
    """What moved the product's stock, newest first: orders, and changes with who and why."""

    required_scopes = {"GET": "products:read", "POST": "products:write"}
    required_permissions = {"GET": "membership.view_stockmovement", "POST": "membership.change_product"}
    queryset = StockMovement.objects.none()
    serializer_class = MovementOutput
    filterset_fields = ("source",)
    cursor_ordering = ("-id",)

    def get_queryset(self) -> QuerySet[StockMovement]:
        return get_product(self.kwargs["id"]).stock_movements.select_related("order")

    @extend_schema(operation_id="products_stock", tags=["products"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="products_stock_change",
        request=StockInput,
        responses={200: StockOutput, 201: StockOutput},
        tags=["products"],
    )
    @idempotent
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Say how many there are now, or how many came or left. Waiting orders get their pieces first.

        409 where more leave than there are. 201 with what was noted, 200 where nothing changed.
        """
        product = get_product(id)
        given = StockInput(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        cause = Cause("api", who=caller_name(request), reason=wanted["reason"])
        if "set" in wanted:
            change = set_stock(product=product, stock=wanted["set"], cause=cause)
        else:
            change = change_stock(product=product, units=wanted["change"], cause=cause)
        answer = {
            "sku": change.product.sku,
            "stock": change.product.stock,
            "backordered": change.product.backordered,
            "filled": change.filled,
            "movement": change.movement,
        }
        return Response(StockOutput(answer).data, status=201 if change.movement is not None else 200)
