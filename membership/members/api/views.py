"""Members: find, register, change; their consents, points, segments and timeline."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from membership.access.etags import IF_MATCH, check_if_match, tagged_response
from membership.access.filters import MomentFilter
from membership.access.idempotency import idempotent
from membership.access.permissions import Caller, caller_kind, get_member, visible_members
from membership.members.api.serializers import (
    ConsentInput,
    ConsentOutput,
    MemberChanges,
    MemberInput,
    MemberOutput,
    OwnMemberOutput,
    StayOutput,
    TimelinePage,
)
from membership.members.consents import record_consent
from membership.members.registration import register_member, update_member
from membership.members.timeline import KINDS, Position, timeline
from membership.models import Consent, Member, SegmentMembership
from membership.models.members import MemberQuerySet

TIMELINE_PAGE = 50


class MemberFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    search = filters.CharFilter(
        method="matching", label="number, e-mail or phone beginning with this, or a name holding it"
    )
    member_no = filters.CharFilter(method="named", label="a member's number; a merged one finds its member")
    email = filters.CharFilter(method="named", label="an e-mail; one given up in a merge finds its member")
    phone = filters.CharFilter(method="named", label="a phone; one given up in a merge finds its member")
    segment = filters.UUIDFilter(method="inside", label="the id of a segment they are in now")
    tag = filters.CharFilter("tags__name", label="a tag")
    joined_after = MomentFilter("joined_at", "gte")
    joined_before = MomentFilter("joined_at", "lt")

    class Meta:
        model = Member
        fields = ("tier", "country")

    def matching(self, queryset: MemberQuerySet, name: str, value: str) -> QuerySet[Member]:
        return queryset.search(value)

    def named(self, queryset: QuerySet[Member], name: str, value: str) -> QuerySet[Member]:
        row = Member.objects.filter(**{name: value}).first()
        target = row.after_merges() if row is not None else None
        return queryset.filter(pk=target.pk) if target is not None else queryset.none()

    def inside(self, queryset: QuerySet[Member], name: str, value: UUID) -> QuerySet[Member]:
        stays = SegmentMembership.objects.current().filter(segment__public_id=value)
        return queryset.filter(pk__in=stays.values("member_id"))


class MembersView(ListAPIView[Member]):
    """Members, newest first; a member's token sees itself. Merged and erased ones are never listed."""

    required_scopes = {"GET": "members:read", "POST": "members:write"}
    required_permissions = {"GET": "membership.view_member", "POST": "membership.add_member"}
    member_methods = frozenset({"GET"})
    queryset = Member.objects.none()
    filterset_class = MemberFilter

    def get_queryset(self) -> QuerySet[Member]:
        return visible_members(self.request).prefetch_related("tags")

    def get_serializer_class(self) -> type[BaseSerializer[Member]]:
        return OwnMemberOutput if caller_kind(self.request) is Caller.MEMBER else MemberOutput

    @extend_schema(operation_id="members_list", tags=["members"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="members_create", request=MemberInput, responses={201: MemberOutput}, tags=["members"]
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Register a member. 409 when another has the number, e-mail or phone."""
        given = MemberInput(data=request.data)
        given.is_valid(raise_exception=True)
        member = register_member(draft=given.validated_data, source="api")
        location = f"{request.path}{member.public_id}/"
        answer = tagged_response(request, MemberOutput(member).data, status=201)
        answer["Location"] = location
        return answer


class MemberView(APIView):
    required_scopes = {"GET": "members:read", "PATCH": "members:write"}
    required_permissions = {"GET": "membership.view_member", "PATCH": "membership.change_member"}
    member_methods = frozenset({"GET"})

    @extend_schema(operation_id="members_get", responses={200: MemberOutput, 304: None}, tags=["members"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One member, with an ETag."""
        member = get_member(request, id)
        shown = OwnMemberOutput if caller_kind(request) is Caller.MEMBER else MemberOutput
        return tagged_response(request, shown(member).data)

    @extend_schema(
        operation_id="members_change",
        request=MemberChanges,
        responses=MemberOutput,
        parameters=[IF_MATCH],
        tags=["members"],
    )
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Change some fields. With If-Match nothing is overwritten that the caller has not seen."""
        with transaction.atomic():
            member = Member.objects.select_for_update().get(pk=get_member(request, id).pk)
            check_if_match(request, MemberOutput(member).data)
            given = MemberChanges(member, data=request.data, partial=True)
            given.is_valid(raise_exception=True)
            member = update_member(member=member, changes=given.validated_data, source="api")
        return tagged_response(request, MemberOutput(member).data)


class MemberConsentsView(ListAPIView[Consent]):
    """What the member allows: all statements, newest first; the newest on a purpose and channel counts."""

    required_scopes = {"GET": "members:read", "POST": "members:write"}
    required_permissions = {"GET": "membership.view_consent", "POST": "membership.add_consent"}
    member_methods = frozenset({"GET", "POST"})
    queryset = Consent.objects.none()
    serializer_class = ConsentOutput
    filterset_fields = ("purpose", "channel")
    cursor_ordering = ("-occurred_at", "-id")

    def get_queryset(self) -> QuerySet[Consent]:
        return get_member(self.request, self.kwargs["id"]).consents.all()

    @extend_schema(operation_id="members_consents", tags=["members"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="members_consent_add",
        request=ConsentInput,
        responses={201: ConsentOutput},
        tags=["members"],
    )
    @idempotent
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Record that the member grants or withdraws a consent."""
        member = get_member(request, id)
        given = ConsentInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        source = "member" if caller_kind(request) is Caller.MEMBER else "api"
        consent = record_consent(member=member, source=source, at=values.pop("occurred_at", None), **values)
        return Response(ConsentOutput(consent).data, status=201)


class MemberSegmentsView(ListAPIView[SegmentMembership]):
    """The segments the member is in; with ``?history=true`` also those they have left."""

    required_scopes = {"GET": "segments:read"}
    required_permissions = {"GET": "membership.view_segment"}
    queryset = SegmentMembership.objects.none()
    serializer_class = StayOutput
    cursor_ordering = ("-entered_at", "-id")

    def get_queryset(self) -> QuerySet[SegmentMembership]:
        stays = get_member(self.request, self.kwargs["id"]).segment_memberships.select_related("segment")
        if self.request.query_params.get("history") == "true":
            return stays
        return stays.filter(exited_at=None)

    @extend_schema(
        operation_id="members_segments",
        tags=["members"],
        parameters=[OpenApiParameter("history", bool, description="Also the segments they have left.")],
    )
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)


class MemberTimelineView(APIView):
    required_scopes = {"GET": "members:read"}
    required_permissions = {"GET": "membership.view_member"}
    member_methods = frozenset({"GET"})

    @extend_schema(
        operation_id="members_timeline",
        responses=TimelinePage,
        tags=["members"],
        parameters=[
            OpenApiParameter("kind", str, many=True, enum=KINDS, description="Only entries of these kinds."),
            OpenApiParameter("cursor", str, description="From next."),
        ],
    )
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Everything that happened to the member, newest first."""
        member = get_member(request, id)
        is_own = caller_kind(request) is Caller.MEMBER
        kinds = _kinds(request.query_params.getlist("kind"))
        after = _position(request.query_params.get("cursor", ""))
        entries, following = timeline(
            member=member, kinds=kinds, size=TIMELINE_PAGE, after=after, for_member=is_own
        )
        page = {"next": _next_link(request, following), "previous": None, "results": entries}
        return Response(TimelinePage(page).data)


def _kinds(wanted: list[str]) -> frozenset[str]:
    unknown = sorted(set(wanted) - set(KINDS))
    if unknown:
        message = _("%(unknown)s is not one of %(known)s.")
        raise ValidationError({"kind": message % {"unknown": unknown[0], "known": ", ".join(KINDS)}})
    return frozenset(wanted or KINDS)


def _next_link(request: Request, position: Position | None) -> str | None:
    if position is None:
        return None
    text = f"{position.at.isoformat()}|{position.kind}|{position.pk}"
    cursor = base64.urlsafe_b64encode(text.encode()).decode()
    return replace_query_param(request.build_absolute_uri(), "cursor", cursor)


def _position(cursor: str) -> Position | None:
    if not cursor:
        return None
    try:
        at, kind, pk = base64.urlsafe_b64decode(cursor.encode()).decode().split("|")
        position = Position(datetime.fromisoformat(at), kind, int(pk))
    except (ValueError, binascii.Error):
        position = None
    if position is None or position.at.tzinfo is None or not 0 <= position.pk < 2**63:
        raise ValidationError({"cursor": _("This is not a cursor; follow the link in next.")})
    return position
