"""Products over REST."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.access.permissions import Caller, caller_kind
from membership.catalogue.serializers import ProductOutput, StaffProductOutput
from membership.models import Product
from registry.api.lookups import by_public_id


class ProductFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    search = filters.CharFilter(method="matching", label="SKU beginning with this, or a name holding it")
    category = filters.CharFilter("category__path", "istartswith", label="a category and all below it")

    class Meta:
        model = Product
        fields = ("sku", "brand", "is_active")

    def matching(self, queryset: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        return queryset.filter(Q(sku__istartswith=value) | Q(name__icontains=value))


class ProductsView(ListAPIView[Product]):
    """Products, newest first."""

    required_scopes = {"GET": "products:read"}
    required_permissions = {"GET": "membership.view_product"}
    member_methods = frozenset({"GET"})
    queryset = Product.objects.select_related("category")
    serializer_class = ProductOutput
    filterset_class = ProductFilter

    def get_serializer_class(self) -> type[ProductOutput]:
        return output_for(self.request)

    @extend_schema(operation_id="products_list", responses=ProductOutput(many=True), tags=["products"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)


class ProductView(APIView):
    required_scopes = {"GET": "products:read"}
    required_permissions = {"GET": "membership.view_product"}
    member_methods = frozenset({"GET"})

    @extend_schema(operation_id="products_get", responses=ProductOutput, tags=["products"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One product."""
        products = Product.objects.select_related("category")
        product = by_public_id(products, id, _("There is no product %s."))
        return Response(output_for(request)(product).data)


def output_for(request: Request) -> type[ProductOutput]:
    """What a caller may read of a product: its cost and margin only as staff."""
    return StaffProductOutput if caller_kind(request) is Caller.STAFF else ProductOutput
