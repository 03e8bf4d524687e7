"""Segments kept by a rule: try one, explain it, refresh it, look back."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.members.lookups import find_members
from membership.models import ApiKey, Segment, SegmentMembership
from membership.rules.json_form import to_json
from membership.rules.names.written import names_in, text_of, with_names
from membership.rules.running import stop
from membership.segments.api.rule_serializers import (
    ExplanationOutput,
    HistoryOutput,
    OverlapOutput,
    PreviewInput,
    PreviewOutput,
)
from membership.segments.api.rules import given_rule, may_ask
from membership.segments.api.serializers import MembersChanged
from membership.segments.api.views import get_segment
from membership.segments.bitmaps import overlap
from membership.segments.by_rule import HISTORY_DAYS, explain_member, history, refresh
from membership.segments.editing.previews import preview


class ExplainQuery(serializers.Serializer[object]):
    member = serializers.CharField(max_length=60)


class HistoryQuery(serializers.Serializer[object]):
    days = serializers.IntegerField(min_value=1, max_value=730, default=HISTORY_DAYS)


class TicketQuery(serializers.Serializer[object]):
    ticket = serializers.CharField(max_length=64)


class OverlapQuery(serializers.Serializer[object]):
    segments = serializers.CharField(max_length=1_000)

    def validate_segments(self, text: str) -> list[UUID]:
        try:
            return [UUID(part.strip()) for part in text.split(",")]
        except ValueError:
            raise serializers.ValidationError(_("Give ids of segments, separated by commas.")) from None


class PreviewView(APIView):
    required_scopes = {"POST": "segments:read", "DELETE": "segments:read"}
    required_permissions = {"POST": "membership.view_segment", "DELETE": "membership.view_segment"}

    @extend_schema(
        operation_id="segments_preview", request=PreviewInput, responses=PreviewOutput, tags=["segments"]
    )
    def post(self, request: Request) -> Response:
        """How many members a rule describes, and five of them. Nothing is stored.

        A rule that needs more than a fifth of a second is answered with an estimate and its 95 % interval;
        ask again with ``exact`` for the count. A newer preview with the same ``ticket`` stops an older one.
        """
        given = PreviewInput(data=request.data)
        given.is_valid(raise_exception=True)
        rule = given_rule(request, given.validated_data)
        if rule is None:
            raise ValidationError({"text": _("Send the rule as text, or its JSON form as rule.")})
        ticket = given.validated_data["ticket"]
        result = preview(
            rule=rule,
            exact=given.validated_data["exact"],
            ticket=_owned(request, ticket) if ticket else "",
        )
        answer = {
            "count": result.count, "exact": result.exact, "low": result.low, "high": result.high,
            "examples": result.examples, "text": text_of(rule), "rule": to_json(rule),
            "named": to_json(with_names(rule)),
        }  # fmt: skip
        return Response(PreviewOutput(answer).data)

    @extend_schema(
        operation_id="segments_preview_stop",
        parameters=[OpenApiParameter("ticket", str, required=True, description="As given to the preview.")],
        responses={204: None},
        tags=["segments"],
    )
    def delete(self, request: Request) -> Response:
        """Stop the preview that runs under a ticket. Nothing happens where none does."""
        query = TicketQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        stop(ticket=_owned(request, query.validated_data["ticket"]))
        return Response(status=204)


def _owned(request: Request, ticket: str) -> str:
    """Everybody has tickets of their own: nobody stops another's preview."""
    key = request.auth
    owner = f"key-{key.pk}" if isinstance(key, ApiKey) else f"user-{request.user.pk}"
    return f"{owner}:{ticket}"


class OverlapView(APIView):
    required_scopes = {"GET": "segments:read"}
    required_permissions = {"GET": "membership.view_segment"}

    @extend_schema(
        operation_id="segments_overlap",
        parameters=[
            OpenApiParameter("segments", str, required=True, description="2 to 10 ids, separated by commas.")
        ],
        responses=OverlapOutput,
        tags=["segments"],
    )
    def get(self, request: Request) -> Response:
        """How far segments share their members now: each pair, all, and any of them."""
        query = OverlapQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        ids: list[UUID] = query.validated_data["segments"]
        segments = {one.public_id: one for one in Segment.objects.filter(public_id__in=ids)}
        for public_id in ids:
            if public_id not in segments:
                raise Http404(_("There is no segment %s.") % public_id)
        shared = overlap(segments=[segments[public_id] for public_id in dict.fromkeys(ids)])
        sizes = zip(shared.segments, shared.sizes, strict=True)
        answer = {
            "segments": [{"id": one.public_id, "key": one.key, "members": size} for one, size in sizes],
            "pairs": [
                {
                    "first": pair.first.public_id, "second": pair.second.public_id, "both": pair.both,
                    "jaccard": round(pair.jaccard, 6),
                }
                for pair in shared.pairs
            ],
            "in_all": shared.in_all, "in_any": shared.in_any,
        }  # fmt: skip
        return Response(OverlapOutput(answer).data)


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
        query = ExplainQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        segment, name = get_segment(id), query.validated_data["member"]
        member = find_members([name]).get(name)
        if member is None:
            raise Http404(_("There is no member %s.") % name)
        result = explain_member(segment=segment, member=member, may=may_ask(request))
        stays = SegmentMembership.objects.current().filter(segment=segment, member=member)
        decided = segment.overrides.filter(member=member).values_list("decision", flat=True).first()
        answer = {
            "member": member.public_id, "inside": stays.exists(), "holds": result.holds,
            "by_hand": decided or "", "explanation": asdict(result),
        }  # fmt: skip
        return Response(ExplanationOutput(answer).data)


class RefreshView(APIView):
    required_scopes = {"POST": "segments:write"}
    required_permissions = {"POST": "membership.change_segment"}

    @extend_schema(operation_id="segments_refresh", request=None, responses=MembersChanged, tags=["segments"])
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Evaluate the rule now and update the members."""
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
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """The versions of the rule, newest first, and who entered and left day by day with the size."""
        query = HistoryQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        segment = get_segment(id)
        versions = list(segment.versions.select_related("created_by"))
        answer = {
            "versions": versions,
            "days": history(segment=segment, days=query.validated_data["days"]),
        }
        names = names_in(version.rule for version in versions)
        return Response(HistoryOutput(answer, context={"names": names}).data)
