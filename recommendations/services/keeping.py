"""A mark that all kept answers bear; when it moves, none of them counts any more."""

from __future__ import annotations

from django.utils import timezone

from registry.quiet_cache import keep

GENERATION_KEY = "recommendations:generation"


def forget_answers(**kwargs: object) -> None:
    """Something that every answer rests on has changed. A receiver of signals of rules and experiments."""
    keep(GENERATION_KEY, timezone.now().timestamp(), seconds=None)
