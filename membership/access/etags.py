"""ETag, If-None-Match and If-Match: what is unchanged is not sent again, unseen changes are kept."""

from __future__ import annotations

import hashlib

import orjson
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from membership.access.json import JsonRenderer


class Mismatch(APIException):
    status_code = 412
    default_code = "error"


def etag_of(data: object) -> str:
    """A strong tag of a representation: it changes with the content, whoever changed it and however."""
    plain = orjson.loads(JsonRenderer().render(data))
    digest = hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS))
    return f'"{digest.hexdigest()[:24]}"'


def tagged_response(request: Request, data: object, *, status: int = 200) -> Response:
    """``data`` with its ETag; 304 without a body when a reader has just that."""
    tag = etag_of(data)
    known = _tags(request.headers.get("If-None-Match", ""))
    if request.method in ("GET", "HEAD") and (tag in known or "*" in known):
        return Response(status=304, headers={"ETag": tag})
    return Response(data, status=status, headers={"ETag": tag})


def check_if_match(request: Request, data: object) -> None:
    """Raises Mismatch when the caller read another state than this. Call it with the row locked."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return
    if etag_of(data) not in _tags(header, strong=True):
        raise Mismatch(_("This has changed since you read it; read it again and repeat your change."))


def _tags(header: str, *, strong: bool = False) -> set[str]:
    tags = {part.strip() for part in header.split(",")}
    return tags if strong else {tag.removeprefix("W/") for tag in tags}


IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag that was read; 412 when it is not current.",
)
