"""Forecasts of members and products, and what to reorder."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forecasts.api.serializers import (
    MemberForecastOutput,
    OwnForecastOutput,
    ProductForecastOutput,
    StockAdviceOutput,
    StockQuery,
)
from forecasts.models import StockAdvice
from forecasts.services.demand import StockPolicy
from forecasts.services.reading import read_demand, read_forecast
from membership.access.etags import tagged_response
from membership.access.permissions import Caller, caller_kind, get_member
from membership.models import Product
from registry.api.lookups import by_public_id


class MemberForecastView(APIView):
    required_scopes = {"GET": "forecasts:read"}
    required_permissions = {"GET": "forecasts.view_forecast"}
    member_methods = frozenset({"GET"})

    @extend_schema(
        operation_id="members_forecast",
        responses={200: MemberForecastOutput, 304: None},
        tags=["forecasts"],
    )
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """What the member is expected to do next. A member's own token sees when and what, and no more."""
        reading = read_forecast(member=get_member(request, id))
        own = caller_kind(request) is Caller.MEMBER
        return tagged_response(request, (OwnForecastOutput if own else MemberForecastOutput)(reading).data)


class ProductForecastView(APIView):
    required_scopes = {"GET": "forecasts:read"}
    required_permissions = {"GET": "forecasts.view_productforecast"}

    @extend_schema(
        operation_id="products_forecast",
        parameters=[StockQuery],
        responses={200: ProductForecastOutput, 304: None},
        tags=["forecasts"],
    )
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002
        """Units of the weeks ahead as quantiles, what to keep in stock for them, and which segments buy."""
        query = StockQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        product = by_public_id(Product.objects.all(), id, _("There is no product %s."))
        policy = StockPolicy.of(product, **query.validated_data)
        return tagged_response(
            request, ProductForecastOutput(read_demand(product=product, policy=policy)).data
        )


class StockAdviceFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    to_reorder = filters.BooleanFilter(method="wanted", label="only what should be ordered now")

    class Meta:
        model = StockAdvice
        fields = ()

    def wanted(self, queryset: Any, name: str, value: bool) -> QuerySet[StockAdvice]:
        return queryset.to_reorder() if value else queryset  # type: ignore[no-any-return]


class StockAdviceView(ListAPIView[StockAdvice]):
    """Stock advice for all products on sale, best sellers first."""

    required_scopes = {"GET": "forecasts:read"}
    required_permissions = {"GET": "forecasts.view_stockadvice"}
    queryset = StockAdvice.objects.select_related("product")
    serializer_class = StockAdviceOutput
    filterset_class = StockAdviceFilter
    cursor_ordering = ("-weekly_units", "-product_id")

    @extend_schema(operation_id="stock_advice_list", tags=["forecasts"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)
