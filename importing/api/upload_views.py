"""Uploads: files in parts, as tus.io sends them. A part says where it begins; a wrong place is 409."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException, ParseError
from rest_framework.generics import ListAPIView
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from importing.api.serializers import UploadInput, UploadOutput
from importing.uploads.storing import (
    DiskFull,
    UploadBusy,
    UploadTooLarge,
    WrongOffset,
    add_part,
    begin_upload,
    remove_upload,
)
from learning.json_types import JsonMapping
from membership.access.idempotency import idempotent
from membership.errors import ServiceError
from membership.models import ApiKey, Upload
from registry.api.lookups import by_public_id

PART_TYPE = "application/offset+octet-stream"
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}
STATUS_OF: Mapping[type[ServiceError], int] = {
    WrongOffset: 409, UploadTooLarge: 413, UploadBusy: 423, DiskFull: 507,
}  # fmt: skip
DOCUMENTED = {
    (413, "application/problem+json"): OpenApiResponse(PROBLEM_SCHEMA, "The file is too large."),
    (423, "application/problem+json"): OpenApiResponse(PROBLEM_SCHEMA, "Another request writes to it."),
    (507, "application/problem+json"): OpenApiResponse(PROBLEM_SCHEMA, "The disk is full."),
}


class UploadProblem(APIException):
    default_code = "error"

    def __init__(self, error: ServiceError) -> None:
        super().__init__(error.message)
        self.status_code = STATUS_OF[type(error)]


class PartParser(BaseParser):
    """Leaves a part unread, so that it goes to disk as it comes."""

    media_type = PART_TYPE

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: JsonMapping | None = None
    ) -> Any:
        return stream


def owner_of(request: Request) -> str:
    """Whose uploads these are: nobody sees another's."""
    key = request.auth
    return f"key:{key.pk}" if isinstance(key, ApiKey) else f"user:{request.user.pk}"


def get_upload(request: Request, public_id: UUID) -> Upload:
    return by_public_id(Upload.objects.of(owner_of(request)), public_id, _("There is no upload %s."))


class UploadsView(ListAPIView[Upload]):
    required_scopes = {"GET": "imports:write", "POST": "imports:write"}
    required_permissions = {
        "GET": "membership.add_importreport", "POST": "membership.add_importreport",
    }  # fmt: skip
    queryset = Upload.objects.all()
    serializer_class = UploadOutput

    @extend_schema(operation_id="imports_uploads_list", tags=["imports"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """The caller's own uploads that no import has taken in yet, newest first."""
        self.queryset = Upload.objects.waiting(owner_of(request))
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="imports_uploads_create",
        request=UploadInput,
        responses={200: UploadOutput, 201: UploadOutput, **DOCUMENTED},
        tags=["imports"],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Announce a file: 201 with a new upload, 200 with the one that the same file left unfinished."""
        given = UploadInput(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            upload, is_new = begin_upload(owner=owner_of(request), **given.validated_data)
        except (UploadTooLarge, DiskFull) as error:
            raise UploadProblem(error) from error
        headers = {"Location": f"{request.path}{upload.public_id}/", "Upload-Offset": str(upload.received)}
        return Response(UploadOutput(upload).data, status=201 if is_new else 200, headers=headers)


class UploadView(APIView):
    required_scopes = dict.fromkeys(("GET", "PATCH", "DELETE"), "imports:write")
    required_permissions = dict.fromkeys(("GET", "PATCH", "DELETE"), "membership.add_importreport")
    parser_classes = (PartParser,)

    @extend_schema(operation_id="imports_uploads_get", responses=UploadOutput, tags=["imports"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Where the upload stopped: ``received``, also in the header Upload-Offset."""
        return _answer(get_upload(request, id))

    @extend_schema(
        operation_id="imports_uploads_add",
        request={PART_TYPE: OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter(
                "Upload-Offset", {"type": "integer", "minimum": 0}, OpenApiParameter.HEADER, required=True,
                description="The byte of the file with which this part begins.",
            )
        ],
        responses={200: UploadOutput, **DOCUMENTED},
        tags=["imports"],
    )  # fmt: skip
    def patch(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Send the next part; 409 with the right Upload-Offset where it does not begin there.

        What arrived of a part that broke off counts.
        """
        upload = get_upload(request, id)
        offset = _offset(request)
        stream = request.data if hasattr(request.data, "read") else None  # None: an empty part
        try:
            add_part(upload=upload, offset=offset, read=stream.read if stream else lambda size: b"")
        except (WrongOffset, UploadBusy, DiskFull) as error:
            problem = UploadProblem(error)
            if isinstance(error, WrongOffset):
                return _with_offset(self.handle_exception(problem), error.offset)
            raise problem from error
        return _answer(upload)

    @extend_schema(operation_id="imports_uploads_delete", responses={204: None}, tags=["imports"])
    def delete(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Remove the file. 409 while an import reads it."""
        remove_upload(upload=get_upload(request, id))
        return Response(status=204)


def _offset(request: Request) -> int:
    text = request.headers.get("Upload-Offset", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise ParseError(_("Upload-Offset must say with which byte the part begins."))
    return int(text)


def _answer(upload: Upload) -> Response:
    return _with_offset(Response(UploadOutput(upload).data), upload.received, size=upload.size)


def _with_offset(response: Response, offset: int, *, size: int | None = None) -> Response:
    response["Upload-Offset"] = str(offset)
    if size is not None:
        response["Upload-Length"] = str(size)
    response["Cache-Control"] = "no-store"
    return response
