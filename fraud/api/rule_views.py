"""Rules, their back-tests, and the block and allow lists over REST."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fraud.api.rule_serializers import (
    BacktestInput,
    BacktestOutput,
    FraudRuleChanges,
    FraudRuleInput,
    FraudRuleOutput,
    ListEntryChanges,
    ListEntryInput,
    ListEntryOutput,
)
from fraud.models import Backtest, FraudRule, ListEntry
from fraud.rules.fields import read_order_rule
from fraud.services.policies.backtests import request_backtest
from fraud.services.policies.lists import add_entry, change_entry
from fraud.services.policies.rules import change_rule, create_rule, delete_rule
from learning.json_types import JsonMapping
from membership.access.idempotency import idempotent
from membership.access.permissions import staff_user
from membership.rules.json_form import from_json
from membership.rules.nodes import Node
from membership.rules.reading import BadRule
from membership.segments.api.rules import RuleMistakes, may_ask
from registry.api.lookups import by_public_id


class FraudRuleFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    class Meta:
        model = FraudRule
        fields = ("state", "action")


class FraudRulesView(ListAPIView[FraudRule]):
    required_scopes = {"GET": "fraud:read", "POST": "fraud:write"}
    required_permissions = {"GET": "fraud.view_fraudrule", "POST": "fraud.add_fraudrule"}
    queryset = FraudRule.objects.all()
    serializer_class = FraudRuleOutput
    filterset_class = FraudRuleFilter
    cursor_ordering = ("-created_at", "-id")

    @extend_schema(operation_id="fraud_rules_list", tags=["fraud"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Rules, newest first."""
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="fraud_rules_create",
        request=FraudRuleInput,
        responses={201: FraudRuleOutput},
        tags=["fraud"],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Write a rule. It is a draft without effect, unless ``state`` says shadow or live."""
        given = FraudRuleInput(data=request.data)
        given.is_valid(raise_exception=True)
        condition = _given_condition(request, given.validated_data)
        if condition is None:
            raise ValidationError({"text": _("Send the rule as text, or its JSON form as rule.")})
        rule = create_rule(draft=given.validated_data, condition=condition, user=staff_user(request))
        answer = Response(FraudRuleOutput(rule).data, status=201)
        answer["Location"] = f"{request.path}{rule.public_id}/"
        return answer


class FraudRuleView(APIView):
    required_scopes = {"GET": "fraud:read", "PATCH": "fraud:write", "DELETE": "fraud:write"}
    required_permissions = {
        "GET": "fraud.view_fraudrule",
        "PATCH": "fraud.change_fraudrule",
        "DELETE": "fraud.delete_fraudrule",
    }

    @extend_schema(operation_id="fraud_rules_get", responses=FraudRuleOutput, tags=["fraud"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One rule."""
        return Response(FraudRuleOutput(_rule(id)).data)

    @extend_schema(
        operation_id="fraud_rules_change", request=FraudRuleChanges, responses=FraudRuleOutput, tags=["fraud"]
    )
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Change a rule, or its state; a new version that later decisions name."""
        given = FraudRuleChanges(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        condition = _given_condition(request, given.validated_data)
        rule = change_rule(
            rule=_rule(id), changes=given.validated_data, condition=condition, user=staff_user(request)
        )
        return Response(FraudRuleOutput(rule).data)

    @extend_schema(operation_id="fraud_rules_delete", responses={204: None}, tags=["fraud"])
    def delete(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Delete a rule; what it decided stays in the log."""
        delete_rule(rule=_rule(id), user=staff_user(request))
        return Response(status=204)


class BacktestView(APIView):
    required_scopes = {"GET": "fraud:read", "POST": "fraud:write"}
    required_permissions = {"GET": "fraud.view_backtest", "POST": "fraud.add_backtest"}

    @extend_schema(operation_id="fraud_rules_backtest_get", responses=BacktestOutput, tags=["fraud"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """The rule's newest back-test."""
        newest = Backtest.objects.filter(rule=_rule(id)).order_by("-queued_at", "-id").first()
        if newest is None:
            raise Http404(_("This rule has not been tried on past orders yet."))
        return Response(BacktestOutput(newest).data)

    @extend_schema(
        operation_id="fraud_rules_backtest",
        request=BacktestInput,
        responses={201: BacktestOutput},
        tags=["fraud"],
    )
    @idempotent
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Try the rule on past orders: at once where they are few, else in the background (ask by GET)."""
        given = BacktestInput(data=request.data)
        given.is_valid(raise_exception=True)
        rule = _rule(id)
        backtest = request_backtest(
            rule=rule,
            condition=from_json(rule.condition),
            action=rule.action,
            days=given.validated_data["days"],
            user=staff_user(request),
        )
        return Response(BacktestOutput(backtest).data, status=201)


class ListEntryFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    class Meta:
        model = ListEntry
        fields = ("action", "kind", "value")


class ListEntriesView(ListAPIView[ListEntry]):
    required_scopes = {"GET": "fraud:read", "POST": "fraud:write"}
    required_permissions = {"GET": "fraud.view_listentry", "POST": "fraud.add_listentry"}
    queryset = ListEntry.objects.all()
    serializer_class = ListEntryOutput
    filterset_class = ListEntryFilter
    cursor_ordering = ("-created_at", "-id")

    @extend_schema(operation_id="fraud_lists_list", tags=["fraud"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Entries of both lists, newest first."""
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="fraud_lists_add",
        request=ListEntryInput,
        responses={201: ListEntryOutput},
        tags=["fraud"],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Block or allow an e-mail, phone, device, means of payment, address or IP range."""
        given = ListEntryInput(data=request.data)
        given.is_valid(raise_exception=True)
        entry = add_entry(draft=given.validated_data, user=staff_user(request))
        answer = Response(ListEntryOutput(entry).data, status=201)
        answer["Location"] = f"{request.path}{entry.public_id}/"
        return answer


class ListEntryView(APIView):
    required_scopes = {"GET": "fraud:read", "PATCH": "fraud:write", "DELETE": "fraud:write"}
    required_permissions = {
        "GET": "fraud.view_listentry",
        "PATCH": "fraud.change_listentry",
        "DELETE": "fraud.delete_listentry",
    }

    @extend_schema(operation_id="fraud_lists_get", responses=ListEntryOutput, tags=["fraud"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One entry."""
        return Response(ListEntryOutput(_entry(id)).data)

    @extend_schema(
        operation_id="fraud_lists_change", request=ListEntryChanges, responses=ListEntryOutput, tags=["fraud"]
    )
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Move an entry to the other list, or change its reason or expiry."""
        given = ListEntryChanges(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return Response(ListEntryOutput(change_entry(entry=_entry(id), changes=given.validated_data)).data)

    @extend_schema(operation_id="fraud_lists_delete", responses={204: None}, tags=["fraud"])
    def delete(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Take an entry off its list."""
        _entry(id).delete()
        return Response(status=204)


def _given_condition(request: Request, given: JsonMapping) -> Node | None:
    if "text" not in given and "rule" not in given:
        return None
    try:
        return read_order_rule(text=given.get("text"), data=given.get("rule"), may=may_ask(request))
    except BadRule as error:
        raise RuleMistakes(error) from None


def _rule(public_id: UUID) -> FraudRule:
    return by_public_id(FraudRule.objects.all(), public_id, _("There is no rule %s."))


def _entry(public_id: UUID) -> ListEntry:
    return by_public_id(ListEntry.objects.all(), public_id, _("There is no list entry %s."))
