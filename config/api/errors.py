"""What all API routes share: cursor pages and RFC 9457 errors."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.db import DatabaseError, DataError, OperationalError
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from learning.json_types import JsonMapping
from membership.errors import Conflict, Rejected, flat_errors
from registry.queueing import QueueAway

logger = logging.getLogger(__name__)
PROBLEM_JSON = "application/problem+json"


class CursorPage(CursorPagination):
    """Pages that stay right while rows are added; ``?page_size=`` up to 200."""

    ordering = "-id"
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView) -> tuple[str, ...]:
        """A view's ``cursor_ordering``, where it has one; newest row first otherwise."""
        return tuple(getattr(view, "cursor_ordering", (self.ordering,)))

    def get_page_size(self, request: Request) -> int | None:
        """What ``?page_size=`` asks for, up to the maximum; any other value is 400."""
        size = request.query_params.get(self.page_size_query_param)
        if size is None:
            return self.page_size
        if not (size.isascii() and size.isdecimal() and int(size[:9]) > 0):
            raise exceptions.ValidationError({"page_size": _("This must be a whole number above 0.")})
        return min(int(size[:9]), self.max_page_size)

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, object]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {"minimum": 1}
        return parameters

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        try:
            return super().paginate_queryset(queryset, request, view) or []
        except exceptions.ValidationError:
            raise
        except (exceptions.NotFound, ValueError, TypeError, OverflowError, DjangoValidationError) as error:
            # the position inside a cursor comes back from the caller and may hold anything
            raise exceptions.ValidationError(
                {"cursor": _("This is not a cursor; follow the links in next and previous.")}
            ) from error


def problem(
    *,
    status: int,
    code: str = "",
    detail: str = "",
    errors: list[dict[str, str]] | None = None,
    instance: str = "",
) -> dict[str, object]:
    """One RFC 9457 problem. ``type`` is ``about:blank`` unless ``code`` says more than the status does."""
    phrase = HTTPStatus(status).phrase
    body: dict[str, object] = {
        "type": f"urn:regulars:problem:{code.replace('_', '-')}" if code else "about:blank",
        "title": phrase,
        "status": status,
        "detail": detail or phrase,
    }
    if instance:
        body["instance"] = instance
    if errors:
        body["errors"] = errors
    return body


GENERIC_CODES = {
    "error", "invalid", "not_found", "permission_denied", "method_not_allowed", "not_authenticated",
    "authentication_failed", "parse_error", "not_acceptable", "unsupported_media_type", "throttled",
}  # fmt: skip
"""DRF's codes that repeat the status."""


def problem_response(error: Exception, context: JsonMapping) -> Response:
    """DRF's exception handler: every error of a view as a problem, without internals."""
    set_rollback()
    request: Request = context["request"]
    fault = _as_api_exception(error)
    if fault is None:
        logger.exception("%s %s failed", request.method, request.path)
        got_request_exception.send(sender=type(context.get("view")), request=request._request)
        fault = exceptions.APIException(_("Something went wrong on our side; it has been logged."))
    body = _problem_of(fault, instance=request.path)
    headers = {}
    if getattr(fault, "auth_header", None):
        headers["WWW-Authenticate"] = fault.auth_header  # type: ignore[attr-defined]  # set by DRF
    wait = getattr(fault, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    return Response(body, status=fault.status_code, headers=headers, content_type=PROBLEM_JSON)


class BadInput(exceptions.APIException):
    status_code = 400
    default_code = "error"
    field_errors: list[dict[str, str]] = []


class ConflictError(exceptions.APIException):
    status_code = 409
    default_code = "error"
    field_errors: list[dict[str, str]] = []


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "error"


class Busy(exceptions.APIException):
    status_code = 503
    default_code = "error"
    wait = 1


def _as_api_exception(error: Exception) -> exceptions.APIException | None:
    """The DRF exception with the same meaning, or None for an unexpected error."""
    match error:
        case exceptions.APIException():
            return error
        case Http404():
            return exceptions.NotFound(str(error) or None)
        case PermissionDenied():
            return exceptions.PermissionDenied(str(error) or None)
        case DjangoValidationError():
            return exceptions.ValidationError(error.messages)
        case Rejected() | Conflict():
            return _of_service(error)
        case DatabaseError():
            return _of_database(error)
        case QueueAway():
            return Busy(str(error))
        case RequestDataTooBig():
            return TooLarge(_("The request is larger than this server accepts."))
        case SuspiciousOperation():
            return exceptions.ParseError(_("The request is malformed."))
    return None


def _of_database(error: DatabaseError) -> exceptions.APIException | None:
    match error:
        case ProtectedError() | RestrictedError():
            return ConflictError(_("Other records still refer to this one, so it cannot be deleted."))
        case DataError():
            logger.warning("the database cannot hold a value that was sent", exc_info=error)
            return exceptions.ParseError(_("A value lies outside what can be stored or compared."))
        case OperationalError():
            logger.warning("the database did not answer in time", exc_info=error)
            return Busy(_("The database is busy; try again in a moment."))
    return None


def _of_service(error: Rejected | Conflict) -> exceptions.APIException:
    fault = BadInput(error.message) if isinstance(error, Rejected) else ConflictError(error.message)
    fault.field_errors = [{"field": one.field, "message": one.message} for one in error.errors]
    return fault


def _problem_of(fault: exceptions.APIException, *, instance: str) -> dict[str, object]:
    errors: list[dict[str, str]] = getattr(fault, "field_errors", [])
    detail = fault.detail
    code = ""
    if isinstance(fault, exceptions.ValidationError) and not errors:
        errors = list(flat_errors(detail))
        text = _summary(errors)
    elif isinstance(detail, Mapping):
        text = str(detail.get("detail", ""))
    elif isinstance(detail, list):
        text = " ".join(str(item) for item in detail)
    else:
        text = str(detail)
        code = getattr(detail, "code", "") or ""
    return problem(
        status=fault.status_code,
        code="" if code in GENERIC_CODES else code,
        detail=text,
        errors=errors,
        instance=instance,
    )


def _summary(errors: list[dict[str, str]]) -> str:
    if not errors:
        return _("The request is not valid.")
    first = errors[0]
    return f"{first['field']}: {first['message']}" if first["field"] else first["message"]


# --- errors outside of views: root handlers, and the route of last resort ----------------------------


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _plain(request: HttpRequest, *, status: int, detail: str) -> HttpResponse:
    body = orjson.dumps(problem(status=status, detail=detail, instance=request.path))
    return HttpResponse(body, status=status, content_type=PROBLEM_JSON)


@csrf_exempt  # nothing is done here, and a browser's cookie must not turn the answer into a page
def unknown_route(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The view for addresses without a route; it comes last and answers with a problem like every route."""
    hint = "" if request.path.endswith("/") else " " + _("Addresses end with a slash.")
    return _plain(request, status=404, detail=_("There is no such address in this API.") + hint)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        too_big = isinstance(exception, RequestDataTooBig)
        detail = _("The request is larger than this server accepts.") if too_big else _("Malformed request.")
        return _plain(request, status=413 if too_big else 400, detail=detail)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return _plain(request, status=403, detail=_("You may not do that."))
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return unknown_route(request) if is_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return _plain(request, status=500, detail=_("Something went wrong on our side; it has been logged."))
    return defaults.server_error(request)
