"""Rate limits: so many requests a minute for each key, user or address, counted in the cache.

A fixed window of one minute: one counter a caller, so a request costs one or two cache commands. A caller
may spend two windows' worth around a full minute, which the limits allow for. When the cache is away,
requests pass: an order must not be lost for want of a counter.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from membership.models import ApiKey

if TYPE_CHECKING:
    from rest_framework.views import APIView  # imports this module, through the settings

logger = logging.getLogger(__name__)
WINDOW_SECONDS = 60


@dataclass(frozen=True)
class Allowance:
    """Where a caller stands in the present window."""

    limit: int
    used: int
    reset_seconds: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


class CallerThrottle(BaseThrottle):
    """The default of every view: settings.API_REQUESTS_PER_MINUTE by kind of caller."""

    allowance: Allowance | None = None

    def bucket(self, request: Request, view: APIView) -> tuple[str, str]:
        """The kind of limit, and whose counter."""
        if isinstance(request.auth, ApiKey):
            return "key", str(request.auth.pk)
        user = request.user
        if user is not None and user.is_authenticated:
            return ("staff" if user.is_staff else "member"), str(user.pk)
        return "anonymous", str(self.get_ident(request))

    def allow_request(self, request: Request, view: APIView) -> bool:
        kind, who = self.bucket(request, view)
        limit = settings.API_REQUESTS_PER_MINUTE[kind]
        window, into = divmod(time.time(), WINDOW_SECONDS)
        used = _count(f"rate:{kind}:{who}:{int(window)}")
        self.allowance = Allowance(limit=limit, used=used, reset_seconds=max(1, round(WINDOW_SECONDS - into)))
        request._request.api_allowance = self.allowance  # type: ignore[attr-defined]  # for the middleware
        return bool(used <= limit)

    def wait(self) -> float | None:
        return self.allowance.reset_seconds if self.allowance else None


class TokenThrottle(CallerThrottle):
    """A lower limit, counted by address, for the routes that take a password."""

    def bucket(self, request: Request, view: APIView) -> tuple[str, str]:
        return "token", str(self.get_ident(request))


def _count(name: str) -> int:
    """Count one more under ``name``; how many there are now. 0 when the cache is away."""
    try:
        try:
            return int(cache.incr(name))
        except ValueError:  # not there yet; of two that add it at once, one wins and the other counts on
            return 1 if cache.add(name, 1, WINDOW_SECONDS * 2) else int(cache.incr(name))
    except Exception:
        logger.warning("the cache does not answer: requests are not counted", exc_info=True)
        return 0


class RateLimitHeadersMiddleware:
    """Tells every API caller where they stand: ``RateLimit-Limit``, ``-Remaining``, ``-Reset`` (seconds)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        allowance: Allowance | None = getattr(request, "api_allowance", None)
        if allowance is not None:
            response["RateLimit-Limit"] = str(allowance.limit)
            response["RateLimit-Remaining"] = str(allowance.remaining)
            response["RateLimit-Reset"] = str(allowance.reset_seconds)
        return response
