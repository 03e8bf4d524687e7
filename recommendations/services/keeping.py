"""A mark that all kept answers bear; when it moves, none of them counts any more."""

from __future__ import annotations

import logging
from typing import Any

from django.core.cache import cache
from django.utils import timezone

logger = logging.getLogger(__name__)
GENERATION_KEY = "recommendations:generation"


def forget_answers(**kwargs: Any) -> None:
    """Something that every answer rests on has changed. A receiver of signals of rules and experiments."""
    try:
        cache.set(GENERATION_KEY, timezone.now().timestamp(), None)
    except Exception:
        logger.warning("the cache does not answer: kept lists live out their minute", exc_info=True)
