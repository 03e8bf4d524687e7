"""Undoing a whole import, and how far that is."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from importing.undoing import request_undo
from importing.undoing.summary import as_json
from membership.access.permissions import staff_user
from membership.models import ImportReport, ImportUndo
from registry.api.lookups import by_public_id
from registry.queueing import queue_after_commit


class KeptRowOutput(serializers.Serializer[object]):
    table = serializers.CharField()
    key = serializers.CharField()
    reason = serializers.CharField()
    text = serializers.CharField()


class UndoOutput(serializers.Serializer[object]):
    """``gone`` and ``kept`` are rows by table; of kept rows the first thousand are listed."""

    status = serializers.ChoiceField(choices=ImportUndo.Status.choices)
    progress = serializers.FloatField()
    error = serializers.CharField()
    gone = serializers.DictField(child=serializers.IntegerField())
    kept = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    kept_rows = KeptRowOutput(many=True)
    seconds = serializers.FloatField(allow_null=True)


class UndoView(APIView):
    required_scopes = {"GET": "imports:read", "POST": "imports:write"}
    required_permissions = {
        "GET": "membership.view_importreport", "POST": "membership.delete_importreport",
    }  # fmt: skip

    @extend_schema(operation_id="imports_undo_get", responses=UndoOutput, tags=["imports"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """How far the undo is, what went and what stayed. 404 where none was asked for."""
        undo = ImportUndo.objects.filter(of_import=_report(id)).first()
        if undo is None:
            raise Http404(_("This import is not being undone."))
        return Response(UndoOutput(as_json(undo)).data)

    @extend_schema(operation_id="imports_undo", request=None, responses={202: UndoOutput}, tags=["imports"])
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Undo the import: rows that nobody has touched since go. 409 after 24 hours, and a second time."""
        with transaction.atomic():
            undo = request_undo(report=_report(id), by=staff_user(request))
            queue_after_commit(undo.task_name, undo.pk)
        undo.refresh_from_db()
        return Response(UndoOutput(as_json(undo)).data, status=202)


def _report(public_id: UUID) -> ImportReport:
    report: ImportReport = by_public_id(ImportReport.objects.all(), public_id, _("There is no import %s."))
    return report
