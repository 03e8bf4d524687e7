"""A segment's members as a file."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from membership.access.permissions import staff_user
from membership.models import MemberExport
from membership.segments.api.downloads import file_response
from membership.segments.api.views import get_segment
from membership.segments.exports import TYPES, export_members


class ExportQuery(serializers.Serializer[object]):
    type = serializers.ChoiceField(choices=MemberExport.Format.choices, default="csv")
    content = serializers.ChoiceField(choices=MemberExport.Content.choices, default="members")


class SegmentExportView(APIView):
    required_scopes = {"GET": "segments:export"}
    required_permissions = {
        "GET": ("membership.view_segment", "membership.view_member", "membership.add_memberexport")
    }

    @extend_schema(
        operation_id="segments_export",
        parameters=[
            OpenApiParameter("type", str, enum=["csv", "parquet"], description="csv unless told."),
            OpenApiParameter(
                "content", str, enum=["members", "mail-merge"],
                description="mail-merge: three products, the reason, consent by channel.",
            ),
        ],
        responses={(200, kind): OpenApiResponse(OpenApiTypes.BINARY) for kind in TYPES.values()},
        tags=["segments"],
    )  # fmt: skip
    def get(self, request: Request, id: UUID) -> HttpResponseBase:  # noqa: A002  # the name in the contract
        """The members of now, as a file. Who took them out is noted."""
        query = ExportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        user = staff_user(request)
        export = export_members(
            segment=get_segment(id),
            content=query.validated_data["content"],
            file_format=query.validated_data["type"],
            user=user,
            by=str(user or request.auth),
        )
        return file_response(export)
