"""Products, events and segments."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.access.etags import IF_MATCH, check_if_match, tagged_response
from membership.access.idempotency import idempotent
from membership.access.permissions import staff_user
from membership.models import Member, Segment, SegmentMembership
from membership.segments.api.rules import given_rule
from membership.segments.api.serializers import (
    MembersChange,
    MembersChanged,
    SegmentChanges,
    SegmentInput,
    SegmentMemberOutput,
    SegmentOutput,
)
from membership.segments.by_hand import create_segment, delete_segment, update_segment
from membership.segments.by_rule import change_rule, create_rule_segment
from membership.segments.members import change_members
from registry.api.lookups import by_public_id


class SegmentFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    class Meta:
        model = Segment
        fields = ("key", "kind")


class DeleteQuery(serializers.Serializer[object]):
    replacement = serializers.UUIDField(required=False)


class SegmentsView(ListAPIView[Segment]):
    """Segments, newest first."""

    required_scopes = {"GET": "segments:read", "POST": "segments:write"}
    required_permissions = {"GET": "membership.view_segment", "POST": "membership.add_segment"}
    queryset = Segment.objects.prefetch_related("versions")
    serializer_class = SegmentOutput
    filterset_class = SegmentFilter

    @extend_schema(operation_id="segments_list", tags=["segments"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="segments_create",
        request=SegmentInput,
        responses={201: SegmentOutput},
        tags=["segments"],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Make a segment: kept by a rule if one is given, otherwise by hand and empty at first."""
        given = SegmentInput(data=request.data)
        given.is_valid(raise_exception=True)
        rule = given_rule(request, given.validated_data)
        if rule is None:
            segment = create_segment(draft=given.validated_data)
        else:
            user = staff_user(request)
            segment = create_rule_segment(draft=given.validated_data, rule=rule, user=user)
        answer = tagged_response(request, SegmentOutput(segment).data, status=201)
        answer["Location"] = f"{request.path}{segment.public_id}/"
        return answer


class SegmentView(APIView):
    required_scopes = {"GET": "segments:read", "PATCH": "segments:write", "DELETE": "segments:write"}
    required_permissions = {
        "GET": "membership.view_segment",
        "PATCH": "membership.change_segment",
        "DELETE": "membership.delete_segment",
    }

    @extend_schema(operation_id="segments_get", responses={200: SegmentOutput, 304: None}, tags=["segments"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One segment, with an ETag."""
        return tagged_response(request, SegmentOutput(get_segment(id)).data)

    @extend_schema(
        operation_id="segments_change",
        request=SegmentChanges,
        responses=SegmentOutput,
        parameters=[IF_MATCH],
        tags=["segments"],
    )
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Rename or describe a segment, or change the rule that keeps it: then it has a new version."""
        given = SegmentChanges(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        with transaction.atomic():
            segment = get_segment(id, lock=True)
            check_if_match(request, SegmentOutput(segment).data)
            rule = given_rule(request, given.validated_data, segment=segment)
            segment = update_segment(segment=segment, changes=given.validated_data)
            if rule is not None:
                segment = change_rule(segment=segment, rule=rule, user=staff_user(request))
        return tagged_response(request, SegmentOutput(segment).data)

    @extend_schema(
        operation_id="segments_delete",
        responses={204: None},
        parameters=[
            IF_MATCH,
            OpenApiParameter(
                "replacement", UUID, description="The segment that takes its place in the rules that name it."
            ),
        ],
        tags=["segments"],
    )
    def delete(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Delete a segment that no model keeps, with its history.

        One that rules name answers 409 with their names, unless ``replacement`` takes its place in them.
        """
        query = DeleteQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        other = query.validated_data.get("replacement")
        with transaction.atomic():
            segment = get_segment(id, lock=True)
            check_if_match(request, SegmentOutput(segment).data)
            replacement = get_segment(other) if other is not None else None
            delete_segment(segment=segment, replacement=replacement, user=staff_user(request))
        return Response(status=204)


class SegmentMembersView(ListAPIView[SegmentMembership]):
    """Who is in the segment now, newest first."""

    required_scopes = {"GET": "segments:read", "POST": "segments:write"}
    required_permissions = {"GET": "membership.view_segment", "POST": "membership.change_segment"}
    queryset = SegmentMembership.objects.none()
    serializer_class = SegmentMemberOutput
    cursor_ordering = ("-entered_at", "-id")

    def get_queryset(self) -> QuerySet[SegmentMembership]:
        stays = SegmentMembership.objects.current().filter(segment=get_segment(self.kwargs["id"]))
        reachable = (Member.Status.ACTIVE, Member.Status.FROZEN)
        return stays.filter(member__status__in=reachable).select_related("member")

    @extend_schema(operation_id="segments_members", tags=["segments"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="segments_members_change",
        request=MembersChange,
        responses=MembersChanged,
        tags=["segments"],
    )
    @idempotent
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Put members in and take others out, all or nothing.

        In a segment kept by a rule these are decisions on top of the rule, until the member is released.
        """
        given = MembersChange(data=request.data)
        given.is_valid(raise_exception=True)
        segment = get_segment(id)
        entered, left = change_members(
            segment=segment,
            add=given.validated_data.get("add", ()),
            remove=given.validated_data.get("remove", ()),
            release=given.validated_data.get("release", ()),
            user=staff_user(request),
        )
        answer = {"entered": entered, "left": left, "member_count": segment.member_count}
        return Response(MembersChanged(answer).data)


def get_segment(public_id: UUID, *, lock: bool = False) -> Segment:
    """The segment with this public id. Raises Http404."""
    segments = Segment.objects.select_for_update() if lock else Segment.objects.all()
    return by_public_id(segments, public_id, _("There is no segment %s."))
