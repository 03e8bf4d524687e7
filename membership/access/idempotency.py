"""``Idempotency-Key``: a POST that is sent twice happens once, and is answered the same twice.

``@idempotent`` goes around the ``post`` of a view that creates something. The key's row and what the view
writes are one transaction: after a rollback or a crash neither is there, and the retry does it all. A second
request with the same key waits for the first one's transaction, then gets its stored answer.

``@idempotent(commits_early=True)`` is for a view that commits by itself and then goes on to something slow,
as an order that is stored before it is scored. Its key is claimed in a transaction of its own; while the
first request is at work another gets 409 with Retry-After, and when the first one died, the retry runs the
view again, which must therefore find and complete what is already there.

Only answers below 400 are kept; after an error the same key may be used again. Keys belong to the caller
(an API key or a user) and are forgotten after a week.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, overload

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from learning.json_types import JsonObject
from membership.access.json import JsonRenderer
from membership.models import ApiKey, IdempotencyKey

Handler = Callable[..., Response]
AT_WORK_SECONDS = 15
"""How long a claimed key without an answer counts as being worked on; then its request is taken for dead."""
KEPT_HEADERS = ("Location", "ETag")


class KeyReused(APIException):
    status_code = 422
    default_code = "idempotency_key_reused"


class KeyInUse(APIException):
    status_code = 409
    default_code = "idempotency_key_in_use"
    wait = 1


@overload
def idempotent(handler: Handler) -> Handler: ...
@overload
def idempotent(*, commits_early: bool) -> Callable[[Handler], Handler]: ...
def idempotent(handler: Handler | None = None, *, commits_early: bool = False) -> Any:
    """Decorator of a view's ``post(self, request, ...)``; see the module's docstring."""
    if handler is None:
        return lambda inner: _wrapped(inner, commits_early=commits_early)
    return _wrapped(handler, commits_early=commits_early)


def _wrapped(handler: Handler, *, commits_early: bool) -> Handler:
    @wraps(handler)
    def post(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = _key_of(request)
        if key is None:
            return handler(view, request, *args, **kwargs)
        run = _run_after_claim if commits_early else _run_in_one_transaction
        return run(request, key, lambda: handler(view, request, *args, **kwargs))

    post.takes_idempotency_key = True  # type: ignore[attr-defined]  # read by the OpenAPI schema
    return post


def _run_in_one_transaction(request: Request, key: str, handle: Callable[[], Response]) -> Response:
    with transaction.atomic():
        row, is_new = _claim(request, key)
        if not is_new:
            return _replay(request, row)
        response = handle()
        if response.status_code >= 400:
            transaction.set_rollback(True)
        else:
            _keep(row, response)
    return response


def _run_after_claim(request: Request, key: str, handle: Callable[[], Response]) -> Response:
    row, is_new = _claim(request, key)
    if not is_new and (row.status_code is not None or not _take_over(request, row)):
        return _replay(request, row)
    try:
        response = handle()
    except Exception:
        _let_go(row)
        raise
    if response.status_code >= 400:
        _let_go(row)
    else:
        _keep(row, response)
    return response


def _key_of(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (1 <= len(key) <= 120 and key.isascii() and key.isprintable()):
        raise ValidationError({"Idempotency-Key": _("Use 1 to 120 printable ASCII characters.")})
    return key


def _claim(request: Request, key: str) -> tuple[IdempotencyKey, bool]:
    """The key's row, and whether it is this request's own. Waits while another transaction holds the key."""
    owner = f"key:{request.auth.pk}" if isinstance(request.auth, ApiKey) else f"user:{request.user.pk}"
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(
                owner=owner,
                key=key,
                route=f"{request.method} {request.path}"[:120],
                request_hash=_request_hash(request),
            )
            return row, True
    except IntegrityError:
        stored = IdempotencyKey.objects.filter(owner=owner, key=key).first()
        if stored is None:  # its request failed in between and let go
            return _claim(request, key)
        return stored, False


def _request_hash(request: Request) -> str:
    body = orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + body).hexdigest()


def _replay(request: Request, row: IdempotencyKey) -> Response:
    if row.request_hash != _request_hash(request):
        raise KeyReused(_("This Idempotency-Key was already used for another request; take a new key."))
    if row.status_code is None:
        raise KeyInUse(_("The first request with this Idempotency-Key is still at work; try again."))
    kept: JsonObject = row.response or {}
    headers = {**kept["headers"], "Idempotent-Replayed": "true"}
    return Response(orjson.loads(kept["body"]), status=row.status_code, headers=headers)


def _take_over(request: Request, row: IdempotencyKey) -> bool:
    """Whether this request may redo one that died; of several that try, one wins."""
    now = timezone.now()
    if row.request_hash != _request_hash(request) or row.created_at > now - timedelta(
        seconds=AT_WORK_SECONDS
    ):
        return False
    mine = IdempotencyKey.objects.filter(pk=row.pk, status_code=None, created_at=row.created_at)
    return bool(mine.update(created_at=now))


def _keep(row: IdempotencyKey, response: Response) -> None:
    # the body is kept as text, for a JSON column would reorder it
    headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
    body = JsonRenderer().render(response.data).decode()
    IdempotencyKey.objects.filter(pk=row.pk).update(
        status_code=response.status_code, response={"body": body, "headers": headers}
    )


def _let_go(row: IdempotencyKey) -> None:
    IdempotencyKey.objects.filter(pk=row.pk, status_code=None).delete()
