"""What is added to the OpenAPI schema of the views: authentication, errors, idempotency keys."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from learning.json_types import JsonObject
from membership.access.keys import SCOPES

Schema = JsonObject
"""A part of an OpenAPI document."""

PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string", "description": "about:blank, or a URN that tells two causes apart."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "One for each thing wrong; field is a path such as lines.0.sku.",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "line": {"type": "integer", "description": "Where in a rule's text, from 1."},
                    "column": {"type": "integer", "description": "Where in that line, from 1."},
                    "suggestion": {"type": "string", "description": "What to write there instead."},
                },
                "required": ["field", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}
WORDS = {
    400: "The request is not valid.",
    401: "No credentials, or wrong ones.",
    403: "These credentials may not do that.",
    404: "There is no such thing, or it is not the caller's to see.",
    406: "Only JSON is spoken.",
    409: "What is stored speaks against it.",
    412: "It has changed since it was read.",
    413: "The request is too large.",
    415: "Only JSON is read.",
    422: "The Idempotency-Key was used for another request.",
    429: "Too many requests; Retry-After says when to go on.",
    503: "The database is busy; try again.",
}
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    # the pattern: printable ASCII, as HTTP headers are
    {"type": "string", "minLength": 1, "maxLength": 120, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="The same key with the same request gets the same answer, and things happen once.",
)


class ApiSchema(AutoSchema):
    """The default schema of every view."""

    def get_override_parameters(self) -> list[Any]:
        parameters = super().get_override_parameters()
        handler = getattr(self.view, self.method.lower(), None)
        if getattr(handler, "takes_idempotency_key", False):
            return [*parameters, IDEMPOTENCY_KEY]
        return parameters


def add_problems(result: Schema, **context: object) -> Schema:
    """drf-spectacular's last step: every operation may also answer with a problem."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for status in _possible(path, method, operation):
                operation["responses"].setdefault(
                    str(status), {"description": WORDS[status], "content": content}
                )
    return result


def allow_batches(result: Schema, **context: object) -> Schema:
    """``events/`` takes one event or a list, which a serializer cannot say."""
    for media in result["paths"]["/api/v1/events/"]["post"]["requestBody"]["content"].values():
        one = media["schema"]
        media["schema"] = {"oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": 1000}]}
    return result


def _possible(path: str, method: str, operation: Schema) -> list[int]:
    statuses = [400, 401, 403, 406, 429, 503]
    if "{" in path:
        statuses.append(404)
    if "requestBody" in operation:
        statuses += [413, 415]
    if method != "get":
        statuses.append(409)
    headers = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"}
    if "If-Match" in headers:
        statuses.append(412)
    if "Idempotency-Key" in headers:
        statuses.append(422)
    return statuses


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the package has no types
    target_class = "membership.access.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        scopes = "\n".join(f"* `{scope}`: {text}" for scope, text in SCOPES.items())
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": f"`Api-Key reg_...`, for servers. Scopes:\n\n{scopes}",
        }


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the package has no types
    target_class = "membership.access.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class StaffSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the package has no types
    target_class = "membership.access.authentication.StaffSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
