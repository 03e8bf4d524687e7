"""Exchange rates over REST."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from membership.access.idempotency import idempotent
from membership.currencies.rates import StoredRates, checked_rate, store_rates
from membership.errors import FieldError, Rejected
from membership.models import ExchangeRate
from membership.models.exchange_rates import RATE_DECIMALS

MOST_RATES = 1_000


class RateOutput(serializers.ModelSerializer[ExchangeRate]):
    class Meta:
        model = ExchangeRate
        fields = ("day", "currency", "rate", "source", "changed_at", "is_pending")


class RateInput(serializers.Serializer[ExchangeRate]):
    day = serializers.DateField()
    currency = serializers.CharField(max_length=3, help_text=_("ISO 4217, another than the shop's."))
    rate = serializers.DecimalField(
        max_digits=20,
        decimal_places=RATE_DECIMALS,
        help_text=_("What one unit is worth in the shop's currency."),
    )


class RatesInput(serializers.Serializer[ExchangeRate]):
    rates = RateInput(many=True, allow_empty=False, max_length=MOST_RATES)  # type: ignore[call-arg]  # of lists


class RatesStored(serializers.Serializer[StoredRates]):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    same = serializers.IntegerField(help_text=_("were stored as they are"))


class RateFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    since = filters.DateFilter("day", "gte", label="of this day or later")
    until = filters.DateFilter("day", "lte", label="of this day or earlier")

    class Meta:
        model = ExchangeRate
        fields = ("currency", "is_pending")


class ExchangeRatesView(ListAPIView[ExchangeRate]):
    """Exchange rates, newest day first. ``is_pending``: orders may not have it yet."""

    required_scopes = {"GET": "shop:read", "POST": "shop:write"}
    required_permissions = {"GET": "membership.view_exchangerate", "POST": "membership.add_exchangerate"}
    queryset = ExchangeRate.objects.all()
    serializer_class = RateOutput
    filterset_class = RateFilter
    cursor_ordering = ("-day", "-id")

    @extend_schema(operation_id="exchange_rates_list", tags=["shop"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="exchange_rates_store",
        request=RatesInput,
        responses={201: RatesStored},
        tags=["shop"],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Store up to 1,000 rates, all or none; the same day and currency is changed. Orders follow."""
        given = RatesInput(data=request.data)
        given.is_valid(raise_exception=True)
        drafts, problems = [], []
        for place, row in enumerate(given.validated_data["rates"]):
            try:
                drafts.append(checked_rate(**row))
            except Rejected as error:
                problems += [FieldError(f"rates.{place}.{one.field}", one.message) for one in error.errors]
        if problems:
            raise Rejected(problems[0].message, errors=problems)
        with transaction.atomic():
            stored = store_rates(rates=drafts, source="api")
        return Response(RatesStored(stored).data, status=201)
