"""Earning rules and tier rules over the API, who would lose a tier, and the liability."""

from __future__ import annotations

from itertools import islice
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from membership.access.idempotency import idempotent
from membership.loyalty.api.rule_serializers import (
    EarningRuleSerializer,
    LiabilityOutput,
    TierRuleSerializer,
    VerdictOutput,
)
from membership.loyalty.liability import liability
from membership.loyalty.tiers import verdicts
from membership.models import EarningRule, Member, TierRule
from registry.api.lookups import by_public_id

READ = "loyalty:read"
WRITE = "loyalty:write"
SHOWN = 1_000


def _saved(serializer: ModelSerializer[EarningRule] | ModelSerializer[TierRule], status: int) -> Response:
    serializer.is_valid(raise_exception=True)
    serializer.save()
    return Response(serializer.data, status=status)


class EarningRulesView(ListAPIView[EarningRule]):
    """By which rules points are earned."""

    required_scopes = {"GET": READ, "POST": WRITE}
    required_permissions = {"GET": "membership.view_earningrule", "POST": "membership.add_earningrule"}
    queryset = EarningRule.objects.select_related("category")
    serializer_class = EarningRuleSerializer
    cursor_ordering = ("id",)

    @extend_schema(operation_id="loyalty_rules", tags=["loyalty"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="loyalty_rules_create", request=EarningRuleSerializer,
        responses={201: EarningRuleSerializer}, tags=["loyalty"],
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a rule. Orders placed before ``starts_at`` earn nothing by it."""
        return _saved(EarningRuleSerializer(data=request.data), 201)


class EarningRuleView(APIView):
    required_scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    required_permissions = {
        "GET": "membership.view_earningrule",
        "PATCH": "membership.change_earningrule",
        "DELETE": "membership.delete_earningrule",
    }

    def _rule(self, id: UUID) -> EarningRule:  # noqa: A002  # the name in the contract
        return by_public_id(EarningRule.objects.all(), id, _("There is no earning rule %s."))

    @extend_schema(operation_id="loyalty_rules_get", responses=EarningRuleSerializer, tags=["loyalty"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the address
        """One rule."""
        return Response(EarningRuleSerializer(self._rule(id)).data)

    @extend_schema(
        operation_id="loyalty_rules_change", request=EarningRuleSerializer(partial=True),
        responses=EarningRuleSerializer, tags=["loyalty"],
    )  # fmt: skip
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the address
        """Change a rule. Orders that have earned by it keep what they earned, and give that back."""
        return _saved(EarningRuleSerializer(self._rule(id), data=request.data, partial=True), 200)

    @extend_schema(operation_id="loyalty_rules_delete", responses={204: None}, tags=["loyalty"])
    def delete(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the address
        """Remove a rule. What was earned by it stays as it is."""
        self._rule(id).delete()
        return Response(status=204)


class TierRulesView(ListAPIView[TierRule]):
    """What members need to be of a tier."""

    required_scopes = {"GET": READ, "POST": WRITE}
    required_permissions = {"GET": "membership.view_tierrule", "POST": "membership.add_tierrule"}
    queryset = TierRule.objects.all()
    serializer_class = TierRuleSerializer
    cursor_ordering = ("id",)

    def get_queryset(self) -> QuerySet[TierRule]:
        return TierRule.objects.all()

    @extend_schema(operation_id="loyalty_tiers", tags=["loyalty"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="loyalty_tiers_create", request=TierRuleSerializer,
        responses={201: TierRuleSerializer}, tags=["loyalty"],
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Make the rule of a tier; there is one for each."""
        return _saved(TierRuleSerializer(data=request.data), 201)


class TierRuleView(APIView):
    required_scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    required_permissions = {
        "GET": "membership.view_tierrule",
        "PATCH": "membership.change_tierrule",
        "DELETE": "membership.delete_tierrule",
    }

    def _rule(self, id: UUID) -> TierRule:  # noqa: A002  # the name in the contract
        return by_public_id(TierRule.objects.all(), id, _("There is no tier rule %s."))

    @extend_schema(operation_id="loyalty_tiers_get", responses=TierRuleSerializer, tags=["loyalty"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the address
        """One tier's rule."""
        return Response(TierRuleSerializer(self._rule(id)).data)

    @extend_schema(
        operation_id="loyalty_tiers_change", request=TierRuleSerializer(partial=True),
        responses=TierRuleSerializer, tags=["loyalty"],
    )  # fmt: skip
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the address
        """Change a tier's rule; tiers follow at night."""
        return _saved(TierRuleSerializer(self._rule(id), data=request.data, partial=True), 200)

    @extend_schema(operation_id="loyalty_tiers_delete", responses={204: None}, tags=["loyalty"])
    def delete(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the address
        """Remove a tier's rule; who is of the tier stays so."""
        self._rule(id).delete()
        return Response(status=204)


class TierPreviewView(APIView):
    required_scopes = {"GET": READ}
    required_permissions = {"GET": ("membership.view_tierrule", "membership.view_member")}

    @extend_schema(
        operation_id="loyalty_tiers_preview",
        responses=VerdictOutput(many=True),
        parameters=[OpenApiParameter("days", int, description="Who loses a tier within so many days; 90.")],
        tags=["loyalty"],
    )
    def get(self, request: Request) -> Response:
        """Members who will lose their tier if nothing changes, at most a thousand."""
        given = request.query_params.get("days", "90")
        if not (given.isascii() and given.isdecimal() and int(given) <= 3_650):
            raise ValidationError({"days": _("Use a number of days from 0 to 3650.")})
        falling = list(islice(verdicts(as_of=timezone.now(), within_days=int(given)), SHOWN))
        members = Member.objects.in_bulk([one.member_id for one in falling])
        rows = [
            {
                "member": members[one.member_id].public_id, "member_no": members[one.member_id].member_no,
                "tier": one.tier, "earned": one.earned, "falls_at": one.falls_at,
            }
            for one in falling
        ]  # fmt: skip
        return Response(VerdictOutput(rows, many=True).data)


class LiabilityView(APIView):
    required_scopes = {"GET": READ}
    required_permissions = {"GET": "membership.view_pointslot"}

    @extend_schema(operation_id="loyalty_liability", responses=LiabilityOutput, tags=["loyalty"])
    def get(self, request: Request) -> Response:
        """Points of all members, what they are worth, and how many are likely to expire unused."""
        return Response(LiabilityOutput(liability()).data)
