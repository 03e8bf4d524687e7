"""The alert queue over REST."""

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

from fraud.api.serializers import AlertDetail, AlertOutput, ReviewInput
from fraud.models import FraudAlert
from fraud.services.desk.alerts import review_alert
from membership.access.filters import MomentFilter
from membership.access.idempotency import idempotent
from membership.access.permissions import caller_name, staff_user
from registry.api.lookups import by_public_id


class AlertFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    member = filters.UUIDFilter("order__member__public_id", label="the member's id")
    order_no = filters.CharFilter("order__order_no", label="the order's number")
    assignee = filters.CharFilter("assignee__username", label="the user name it is assigned to")
    opened_after = MomentFilter("opened_at", "gte", label="opened at this moment or later")
    min_priority = filters.NumberFilter("priority", "gte", label="expected loss of at least this")

    class Meta:
        model = FraudAlert
        fields = ("state",)


class AlertsView(ListAPIView[FraudAlert]):
    """Alerts, the largest expected loss first."""

    required_scopes = {"GET": "fraud:read"}
    required_permissions = {"GET": "fraud.view_fraudalert"}
    queryset = FraudAlert.objects.select_related("order__member", "assignee")
    serializer_class = AlertOutput
    filterset_class = AlertFilter
    cursor_ordering = ("-priority", "-id")

    @extend_schema(operation_id="alerts_list", tags=["fraud"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """The queue: filter by state, member, order, assignee, moment and expected loss."""
        return super().get(request, *args, **kwargs)


class AlertView(APIView):
    """One alert."""

    required_scopes = {"GET": "fraud:read"}
    required_permissions = {"GET": "fraud.view_fraudalert"}

    @extend_schema(operation_id="alert_detail", responses=AlertDetail, tags=["fraud"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the route's word
        """The alert with its reasons, the decision behind it and the verdicts so far."""
        return Response(AlertDetail(get_alert(id)).data)


class AlertReviewView(APIView):
    """A verdict on one alert."""

    required_scopes = {"POST": "fraud:write"}
    required_permissions = {"POST": ("fraud.change_fraudalert", "fraud.add_alertreview")}

    @extend_schema(
        operation_id="alert_review", request=ReviewInput, responses={201: AlertDetail}, tags=["fraud"]
    )
    @idempotent
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the route's word
        """Fraud and genuine close the alert and label the order; unsure takes it into review.

        A declined order stays declined, which ``can_reopen`` says, unless genuine comes with ``reopen``.
        """
        given = ReviewInput(data=request.data)
        given.is_valid(raise_exception=True)
        review_alert(
            alert=get_alert(id), reviewer=staff_user(request), who=caller_name(request),
            **given.validated_data,
        )  # fmt: skip
        return Response(AlertDetail(get_alert(id)).data, status=201)


def get_alert(public_id: UUID) -> FraudAlert:
    return by_public_id(_detailed(), public_id, _("There is no alert %s."))


def _detailed() -> QuerySet[FraudAlert]:
    related = ("order__member", "order__fraud_score__model_version", "assignee")
    return FraudAlert.objects.select_related(*related).prefetch_related("reviews__reviewer")
