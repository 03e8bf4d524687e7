"""Imports of uploaded files: what they would come to, the check of a whole file, the import, its report."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from importing.api.preview_serializers import ImportPreviewOutput, preview_json
from importing.api.serializers import (
    FilesInput,
    GroupOutput,
    MappingInput,
    MappingOutput,
    ReportOutput,
    StartInput,
    reading_options,
)
from importing.api.upload_views import owner_of
from importing.previews.previewing import preview
from importing.uploads.reading_options import save_mapping
from importing.uploads.starting import complete_options, grouped, headings_of, import_checked, start_import
from membership.access.idempotency import idempotent
from membership.access.permissions import staff_user
from membership.errors import Conflict, rejected
from membership.models import ImportReport, SavedMapping, Upload
from registry.api.lookups import by_public_id
from registry.queueing import queue_after_commit


class PreviewView(APIView):
    required_scopes = {"POST": "imports:write"}
    required_permissions = {"POST": "membership.add_importreport"}

    @extend_schema(
        operation_id="imports_preview", request=FilesInput, responses=ImportPreviewOutput, tags=["imports"]
    )
    def post(self, request: Request) -> Response:
        """The first rows as they will be understood, from the beginning of the files. Nothing is stored."""
        given = FilesInput(data=request.data)
        given.is_valid(raise_exception=True)
        uploads = given_uploads(request, given.validated_data["uploads"])
        now = timezone.now()
        result = preview(
            paths=[upload.path for upload in uploads], options=reading_options(given.validated_data), now=now
        )
        return Response(ImportPreviewOutput(preview_json(result, now=now)).data)


class ImportsView(ListAPIView[ImportReport]):
    """Imports and checks, newest first."""

    required_scopes = {"GET": "imports:read", "POST": "imports:write"}
    required_permissions = {"GET": "membership.view_importreport", "POST": "membership.add_importreport"}
    queryset = ImportReport.objects.all()
    serializer_class = ReportOutput
    filterset_fields = ("kind", "status", "dry_run")

    @extend_schema(operation_id="imports_list", tags=["imports"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="imports_start",
        request=StartInput,
        responses={200: ReportOutput, 201: ReportOutput},
        tags=["imports"],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Import uploaded files, or check them whole with ``dry_run``; 200 with the same import under way."""
        given = StartInput(data=request.data)
        given.is_valid(raise_exception=True)
        uploads = given_uploads(request, given.validated_data["uploads"])
        options = complete_options(uploads=uploads, options=reading_options(given.validated_data))
        with transaction.atomic():
            if name := given.validated_data["save_as"]:
                headings = headings_of(uploads)
                save_mapping(name=name, headings=headings, options=options, user=staff_user(request))
            report, is_new = start_import(
                uploads=uploads, options=options, dry_run=given.validated_data["dry_run"]
            )
            if is_new:
                queue_after_commit(report.task_name, report.pk)
        return started(request, report, is_new=is_new)


class ImportView(APIView):
    required_scopes = {"GET": "imports:read"}
    required_permissions = {"GET": "membership.view_importreport"}

    @extend_schema(operation_id="imports_get", responses=ReportOutput, tags=["imports"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """How far it is, and what it came to."""
        return Response(ReportOutput(get_report(id)).data)


class GroupsView(APIView):
    required_scopes = {"GET": "imports:write"}
    required_permissions = {"GET": "membership.add_importreport"}

    @extend_schema(operation_id="imports_groups", responses=GroupOutput(many=True), tags=["imports"])
    def get(self, request: Request) -> Response:
        """The caller's complete uploads as they are imported: parts of one export together, in order."""
        uploads = Upload.objects.waiting(owner_of(request))
        return Response([GroupOutput(group).data for group in grouped(list(uploads))])


class RunView(APIView):
    required_scopes = {"POST": "imports:write"}
    required_permissions = {"POST": "membership.add_importreport"}

    @extend_schema(
        operation_id="imports_run",
        request=None,
        responses={200: ReportOutput, 201: ReportOutput},
        tags=["imports"],
    )
    @idempotent
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Import what a check has read: the same files, read the same way. 409 for what is no check."""
        report = get_report(id)
        if not report.dry_run:
            raise Conflict(_("This is no check of a file; it was imported already."))
        with transaction.atomic():
            made, is_new = import_checked(report=report)
            if is_new:
                queue_after_commit(made.task_name, made.pk)
        return started(request, made, is_new=is_new)


class MappingsView(ListAPIView[SavedMapping]):
    """What was kept of how files are read, by name."""

    required_scopes = {"GET": "imports:read", "POST": "imports:write"}
    required_permissions = {"GET": "membership.view_importreport", "POST": "membership.add_importreport"}
    queryset = SavedMapping.objects.all()
    serializer_class = MappingOutput
    filterset_fields = ("kind",)

    @extend_schema(operation_id="imports_mappings_list", tags=["imports"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="imports_mappings_save",
        request=MappingInput,
        responses={200: MappingOutput},
        tags=["imports"],
    )
    def post(self, request: Request) -> Response:
        """Keep how these files are read, for files with the same headings; what was kept is replaced."""
        given = MappingInput(data=request.data)
        given.is_valid(raise_exception=True)
        uploads = given_uploads(request, given.validated_data["uploads"])
        saved = save_mapping(
            name=given.validated_data["name"],
            headings=headings_of(uploads),
            options=complete_options(uploads=uploads, options=reading_options(given.validated_data)),
            user=staff_user(request),
        )
        return Response(MappingOutput(saved).data)


class MappingView(APIView):
    required_scopes = {"DELETE": "imports:write"}
    required_permissions = {"DELETE": "membership.add_importreport"}

    @extend_schema(operation_id="imports_mappings_delete", responses={204: None}, tags=["imports"])
    def delete(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Forget it: files with these headings are read as they tell themselves."""
        by_public_id(SavedMapping.objects.all(), id, _("There is no saved mapping %s.")).delete()
        return Response(status=204)


def given_uploads(request: Request, ids: Sequence[UUID]) -> list[Upload]:
    """The caller's uploads with these ids, in this order, complete. Raises Rejected, Conflict."""
    by_id = {one.public_id: one for one in Upload.objects.of(owner_of(request)).filter(public_id__in=ids)}
    for public_id in ids:
        if public_id not in by_id:
            raise rejected("uploads", _("There is no upload %s.") % public_id)
        if not by_id[public_id].is_complete or not by_id[public_id].path.is_file():
            raise Conflict(_("%(name)s is not uploaded completely yet.") % {"name": by_id[public_id].name})
    return [by_id[public_id] for public_id in dict.fromkeys(ids)]


def get_report(public_id: UUID) -> ImportReport:
    report: ImportReport = by_public_id(ImportReport.objects.all(), public_id, _("There is no import %s."))
    return report


def started(request: Request, report: ImportReport, *, is_new: bool) -> Response:
    headers = {"Location": f"/api/v1/imports/{report.public_id}/"}
    return Response(ReportOutput(report).data, status=201 if is_new else 200, headers=headers)
