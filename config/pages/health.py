"""``/healthz``: whether this process, its database and its cache work together. Public; says nothing more."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when both answer, else 503; ``{"database": true, "cache": true}``."""
    checks = {"database": _database_answers(), "cache": _cache_answers()}
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        logger.exception("the database does not answer")
        return False
    return True


def _cache_answers() -> bool:
    try:
        cache.get("healthz")
    except Exception:
        logger.exception("the cache does not answer")
        return False
    return True
