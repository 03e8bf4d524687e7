"""Nobody gets at anything without credentials, and every view says who may."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.api_client import key_client, member_client, nobody, staff_client
from tests.factories import MemberFactory

SIGNED = {
    f"api-{route}-{system}"
    for route in ("connector", "connection")
    for system in ("shopify", "woocommerce", "signed")
}
"""Open to everybody whose message is signed; tests/connectors/api has who is refused."""
PUBLIC = {"api-token", "api-token-refresh", "api-schema", "api-docs"} | SIGNED
METHODS = ("get", "post", "put", "patch", "delete")


def api_routes(patterns: Any = None, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from api_routes(pattern.url_patterns, path)
        elif path.startswith("/api/") and hasattr(pattern.callback, "view_class"):
            yield path, pattern


def filled(path: str) -> str:
    return re.sub(r"<str:\w+>", "CODE7", re.sub(r"<uuid:\w+>", str(uuid.UUID(int=7)), path))


ROUTES = [
    pytest.param(filled(path), pattern.callback.view_class, id=path)  # type: ignore[attr-defined]  # class-based views alone
    for path, pattern in api_routes()
    if pattern.name not in PUBLIC
]


def methods_of(view: Any) -> list[str]:
    return [method for method in METHODS if hasattr(view, method)]


@pytest.mark.parametrize(("path", "view"), ROUTES)
@pytest.mark.django_db
def test_anonymous_is_refused(path: str, view: Any):
    assert "<" not in path, "give this test a value for the new kind of path parameter"
    for method in methods_of(view):
        answer = getattr(nobody(), method)(path)
        assert answer.status_code == 401, f"{method} {path}"
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("path", "view"), ROUTES)
@pytest.mark.django_db
def test_nobody_enters_without_rights(path: str, view: Any):
    callers = {"staff": staff_client(), "key": key_client(), "member": member_client(MemberFactory())}
    for method in methods_of(view):
        for kind, client in callers.items():
            if kind == "member" and method.upper() in getattr(view, "member_methods", ()):
                continue
            answer = getattr(client, method)(path)
            assert answer.status_code == 403, f"{kind}: {method} {path}"


@pytest.mark.parametrize(("path", "view"), ROUTES)
def test_every_method_names_a_permission_and_a_scope(path: str, view: Any):
    for method in methods_of(view):
        assert method.upper() in view.required_permissions, f"{method} {path} has no staff permission"
        assert method.upper() in view.required_scopes, f"{method} {path} has no scope"


def test_the_list_of_routes_is_not_empty():
    assert len(ROUTES) >= 20
