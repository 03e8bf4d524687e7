"""Products over REST: found, made, changed, hidden. ``bulk_api`` takes many, ``stock.api`` their stock."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.access.etags import IF_MATCH, check_if_match, tagged_response
from membership.access.idempotency import idempotent
from membership.access.permissions import Caller, caller_kind, caller_name
from membership.catalogue.products import create_product, remove_product, update_product
from membership.catalogue.serializers import (
    ProductInput,
    ProductOutput,
    ProductPatch,
    StaffProductOutput,
)
from membership.catalogue.stock.changing import Cause
from membership.models import Product
from registry.api.lookups import by_public_id

WRITE = "products:write"


def get_product(public_id: UUID) -> Product:
    """The product with this id, with its category and group. Raises Http404."""
    products = Product.objects.select_related("category", "group")
    return by_public_id(products, public_id, _("There is no product %s."))


class ProductFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    search = filters.CharFilter(method="matching", label="SKU beginning with this, or a name holding it")
    category = filters.CharFilter("category__path", "istartswith", label="a category and all below it")
    group = filters.CharFilter("group__code", label="the code of a group: its variants")

    class Meta:
        model = Product
        fields = ("sku", "brand", "is_active")

    def matching(self, queryset: QuerySet[Product], name: str, value: str) -> QuerySet[Product]:
        return queryset.filter(Q(sku__istartswith=value) | Q(name__icontains=value))


class ProductsView(ListAPIView[Product]):
    """Products, newest first."""

    required_scopes = {"GET": "products:read", "POST": WRITE}
    required_permissions = {"GET": "membership.view_product", "POST": "membership.add_product"}
    member_methods = frozenset({"GET"})
    queryset = Product.objects.select_related("category", "group")
    serializer_class = ProductOutput
    filterset_class = ProductFilter

    def get_serializer_class(self) -> type[ProductOutput]:
        return output_for(self.request)

    @extend_schema(operation_id="products_list", responses=ProductOutput(many=True), tags=["products"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="products_create",
        request=ProductInput,
        responses={201: ProductOutput},
        tags=["products"],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a product. 409 when another has the SKU, or the same options in the group."""
        given = ProductInput(data=request.data)
        given.is_valid(raise_exception=True)
        product = create_product(draft=given.validated_data)
        answer = tagged_response(request, output_for(request)(product).data, status=201)
        answer["Location"] = f"{request.path}{product.public_id}/"
        return answer


class ProductView(APIView):
    required_scopes = {"GET": "products:read", "PATCH": WRITE, "DELETE": WRITE}
    required_permissions = {
        "GET": "membership.view_product",
        "PATCH": "membership.change_product",
        "DELETE": "membership.delete_product",
    }
    member_methods = frozenset({"GET"})

    @extend_schema(operation_id="products_get", responses={200: ProductOutput, 304: None}, tags=["products"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One product, with an ETag."""
        return tagged_response(request, output_for(request)(get_product(id)).data)

    @extend_schema(
        operation_id="products_change",
        request=ProductPatch,
        responses=ProductOutput,
        parameters=[IF_MATCH],
        tags=["products"],
    )
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Change some fields. With If-Match nothing is overwritten that the caller has not seen."""
        with transaction.atomic():
            get_product(id)
            Product.objects.select_for_update(no_key=True).get(public_id=id)
            product = get_product(id)
            check_if_match(request, output_for(request)(product).data)
            given = ProductPatch(product, data=request.data, partial=True)
            given.is_valid(raise_exception=True)
            cause = Cause("api", who=caller_name(request))
            update_product(product=product, changes=given.validated_data, cause=cause)
        return tagged_response(request, output_for(request)(get_product(id)).data)

    @extend_schema(
        operation_id="products_delete",
        request=None,
        responses={204: None, 200: ProductOutput},
        tags=["products"],
    )
    def delete(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Take a product out of the shop: 204 when it was deleted; 200 with the product when it was only
        hidden, because orders, events, rules or plans name it.
        """
        if remove_product(product=get_product(id)):
            return Response(status=204)
        return Response(output_for(request)(get_product(id)).data)


def output_for(request: Request) -> type[ProductOutput]:
    """What a caller may read of a product: its cost and margin only as staff."""
    return StaffProductOutput if caller_kind(request) is Caller.STAFF else ProductOutput
