"""Answers about members, kept ready for a minute, and thrown away when anything they rest on has changed.

A kept answer is used only while the member has done nothing new (one statement asks), no rule or experiment
has changed, and everything in it can still be sold (one more).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection
from django.utils import timezone
from django.utils.translation import get_language
from rest_framework.request import Request
from rest_framework.response import Response

from membership.access.json import JsonRenderer
from membership.models import Member, Product
from recommendations.services.keeping import GENERATION_KEY
from recommendations.services.serving.activity import State, member_state
from registry.quiet_cache import keep, look

KEPT_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """The bytes of an answer, and the products that must still be for sale."""

    body: bytes
    products: tuple[int, ...]
    etag: str

    @classmethod
    def of(cls, data: Any, *, products: list[int]) -> Answer:
        body = JsonRenderer().render(data)
        return cls(body, tuple(products), f'"{hashlib.sha256(body).hexdigest()[:24]}"')

    def response(self, request: Request) -> Response:
        """200 with the body, or 304 when the reader has just that."""
        headers = {"ETag": self.etag, "Cache-Control": "private, no-cache"}
        known = {
            tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")
        }
        if self.etag in known or "*" in known:
            return Response(status=304, headers=headers)
        return Response(orjson.Fragment(self.body), headers=headers)


def kept_answer(*, member: Member, surface: str, limit: int, make: Callable[[State], Answer]) -> Answer:
    """The answer kept for this question, or one that is made now."""
    key = f"recommendations:answer:{member.pk}:{surface}:{limit}:{get_language()}"
    state = member_state(member=member, surface=surface, at=timezone.now())
    cached = look([key, GENERATION_KEY])
    mark = (state.stamp, cached.get(GENERATION_KEY))
    kept = cached.get(key)
    if kept is not None and kept[0] == mark and _all_sellable(kept[1].products):
        answer: Answer = kept[1]
        return answer
    fresh = make(state)
    keep(key, (mark, fresh), seconds=KEPT_SECONDS)
    return fresh


def _all_sellable(product_ids: tuple[int, ...]) -> bool:
    if not product_ids:
        return True
    marks = ", ".join(["%s"] * len(product_ids))
    sellable = f"is_active = %s AND (stock IS NULL OR stock <> 0) AND id IN ({marks})"
    with connection.cursor() as cursor:
        # by hand, as the state of the member: half of a kept answer's time would go into composing it
        cursor.execute(
            f"SELECT COUNT(*) FROM {Product._meta.db_table} WHERE {sellable}",  # noqa: S608  # numbers of marks
            [True, *product_ids],
        )
        return bool(cursor.fetchone()[0] == len(product_ids))
