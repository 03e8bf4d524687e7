"""Segments kept by a rule: try one, explain it, refresh it, look back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.api.rules import given_rule, may_ask
from membership.api.serializers.catalogue import MembersChanged, RuleInput
from membership.api.serializers.segment_rules import ExplanationOutput, HistoryOutput, PreviewOutput
from membership.api.views.catalogue import get_segment
from membership.models import SegmentMembership
from membership.rules.language import render
from membership.rules.nodes import to_json
from membership.services.lookups import find_members
from membership.services.segment_rules import HISTORY_DAYS, explain_member, history, preview, refresh


class ExplainQuery(serializers.Serializer[Any]):
    member = serializers.CharField(max_length=60)


class HistoryQuery(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=1, max_value=730, default=HISTORY_DAYS)


class PreviewView(APIView):
    required_scopes = {"POST": "segments:read"}
    required_permissions = {"POST": "membership.view_segment"}

    @extend_schema(
        operation_id="segments_preview", request=RuleInput, responses=PreviewOutput, tags=["segments"]
    )
    def post(self, request: Request) -> Response:
        """How many members a rule describes, and five of them. Nothing is stored."""
        given = RuleInput(data=request.data)
        given.is_valid(raise_exception=True)
        rule = given_rule(request, given.validated_data)
        if rule is None:
            raise ValidationError({"text": _("Send the rule as text, or its JSON form as rule.")})
        found = preview(rule=rule)
        answer = {
            "count": found.count, "exact": True, "low": found.count, "high": found.count,
            "examples": found.examples, "text": render(rule), "rule": to_json(rule),
        }  # fmt: skip
        return Response(PreviewOutput(answer).data)


class ExplainView(APIView):
    required_scopes = {"GET": "segments:read"}
    required_permissions = {"GET": ("membership.view_segment", "membership.view_member")}

    @extend_schema(
        operation_id="segments_explain",
        parameters=[OpenApiParameter("member", str, required=True, description="Id or member number.")],
        responses=ExplanationOutput,
        tags=["segments"],
    )
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Why a member is in the segment or not: each condition with the member's value."""
        asked = ExplainQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        segment, name = get_segment(id), asked.validated_data["member"]
        member = find_members([name]).get(name)
        if member is None:
            raise Http404(_("There is no member %s.") % name)
        found = explain_member(segment=segment, member=member, may=may_ask(request))
        stays = SegmentMembership.objects.current().filter(segment=segment, member=member)
        answer = {
            "member": member.public_id, "inside": stays.exists(), "holds": found.holds,
            "explanation": asdict(found),
        }  # fmt: skip
        return Response(ExplanationOutput(answer).data)


class RefreshView(APIView):
    required_scopes = {"POST": "segments:write"}
    required_permissions = {"POST": "membership.change_segment"}

    @extend_schema(operation_id="segments_refresh", request=None, responses=MembersChanged, tags=["segments"])
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002
        """Let the rule decide again, now, who is in."""
        segment = get_segment(id)
        entered, left = refresh(segment=segment)
        segment.refresh_from_db()
        answer = {"entered": entered, "left": left, "member_count": segment.member_count}
        return Response(MembersChanged(answer).data)


class HistoryView(APIView):
    required_scopes = {"GET": "segments:read"}
    required_permissions = {"GET": "membership.view_segment"}

    @extend_schema(
        operation_id="segments_history",
        parameters=[OpenApiParameter("days", int, description="1 to 730; 90 unless told.")],
        responses=HistoryOutput,
        tags=["segments"],
    )
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002
        """The versions of the rule, newest first, and who entered and left day by day with the size."""
        asked = HistoryQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        segment = get_segment(id)
        answer = {
            "versions": segment.versions.select_related("created_by"),
            "days": history(segment=segment, days=asked.validated_data["days"]),
        }
        return Response(HistoryOutput(answer).data)
