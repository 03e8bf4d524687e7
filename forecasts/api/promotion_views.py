"""Promotions of products: what is planned, and what was."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from forecasts.api.promotion_serializers import PromotionChanges, PromotionInput, PromotionOutput
from forecasts.models import PlannedPromotion, PromotionKind
from forecasts.services.promotions import cancel_promotion, change_promotion, plan_promotion
from membership.access.etags import tagged_response
from membership.access.idempotency import idempotent
from membership.errors import rejected
from membership.members.lookups import find_products
from registry.api.lookups import by_public_id

SCOPES = {"GET": "promotions:read"} | dict.fromkeys(("POST", "PATCH", "DELETE"), "promotions:write")
PERMISSIONS = {
    "GET": "forecasts.view_plannedpromotion",
    "POST": "forecasts.add_plannedpromotion",
    "PATCH": "forecasts.change_plannedpromotion",
    "DELETE": "forecasts.delete_plannedpromotion",
}


class PromotionFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    product = filters.UUIDFilter("product__public_id", label="a product's public id")
    sku = filters.CharFilter("product__sku", label="a product's SKU")
    kind = filters.ChoiceFilter(choices=PromotionKind.choices)
    since = filters.DateFilter("ends_on", "gte", label="that last until this day or longer")
    until = filters.DateFilter("starts_on", "lte", label="that begin on this day or earlier")

    class Meta:
        model = PlannedPromotion
        fields = ()


class PromotionsView(ListAPIView[PlannedPromotion]):
    """Promotions, those that begin last first."""

    required_scopes = SCOPES
    required_permissions = PERMISSIONS
    queryset = PlannedPromotion.objects.select_related("product")
    serializer_class = PromotionOutput
    filterset_class = PromotionFilter
    cursor_ordering = ("-starts_on", "-id")

    @extend_schema(operation_id="promotions_list", tags=["promotions"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="promotions_create",
        request=PromotionInput,
        responses={201: PromotionOutput},
        tags=["promotions"],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Plan a promotion, or note a past one; the product's forecast is renewed within minutes."""
        given = PromotionInput(data=request.data)
        given.is_valid(raise_exception=True)
        draft = given.validated_data
        name = draft.pop("product")
        product = find_products([name]).get(name)
        if product is None:
            raise rejected("product", _("There is no product %s.") % name)
        promotion = plan_promotion(product=product, draft=draft)
        answer = tagged_response(request, PromotionOutput(promotion).data, status=201)
        answer["Location"] = f"{request.path}{promotion.public_id}/"
        return answer


class PromotionView(APIView):
    required_scopes = SCOPES
    required_permissions = PERMISSIONS

    @extend_schema(
        operation_id="promotions_get", responses={200: PromotionOutput, 304: None}, tags=["promotions"]
    )
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One promotion, with an ETag."""
        return tagged_response(request, PromotionOutput(get_promotion(id)).data)

    @extend_schema(
        operation_id="promotions_change",
        request=PromotionChanges,
        responses=PromotionOutput,
        tags=["promotions"],
    )
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002
        """Move or change a promotion; its product stays."""
        given = PromotionChanges(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        promotion = change_promotion(promotion=get_promotion(id), changes=given.validated_data)
        return tagged_response(request, PromotionOutput(promotion).data)

    @extend_schema(operation_id="promotions_delete", responses={204: None}, tags=["promotions"])
    def delete(self, request: Request, id: UUID) -> Response:  # noqa: A002
        """Cancel a promotion."""
        cancel_promotion(promotion=get_promotion(id))
        return Response(status=204)


def get_promotion(public_id: UUID) -> PlannedPromotion:
    """The promotion with this public id. Raises Http404."""
    promotions: QuerySet[PlannedPromotion] = PlannedPromotion.objects.select_related("product")
    return by_public_id(promotions, public_id, _("There is no promotion %s."))
