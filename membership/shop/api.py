"""The shop's settings over REST."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.models.catalogue.stock import Oversell
from membership.models.shop import Shop, the_shop


class ShopOutput(serializers.Serializer[Shop]):
    time_zone = serializers.CharField(help_text="IANA name; days are days in this zone.")
    currency = serializers.CharField(help_text="ISO 4217; sums over orders are in it.")
    country = serializers.CharField(help_text="ISO 3166; phone numbers without a country code are from here.")
    oversell = serializers.ChoiceField(
        choices=Oversell.choices, help_text="What becomes of an order for more than there is."
    )


class ShopView(APIView):
    required_scopes = {"GET": "shop:read"}
    required_permissions = {"GET": "membership.view_shopsettings"}

    @extend_schema(operation_id="shop_get", responses=ShopOutput, tags=["shop"])
    def get(self, request: Request) -> Response:
        """The shop's time zone, currency and country, and how it oversells."""
        return Response(ShopOutput(the_shop()).data)
