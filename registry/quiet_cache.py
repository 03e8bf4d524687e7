"""The cache as a convenience: where it does not answer, the work is done again, and nobody sees an error.

Only what the cache itself comes up with is passed over: a mistake in what is kept is still a mistake.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.core.cache import cache
from redis import RedisError

from learning.json_types import JsonObject

T = TypeVar("T")
CACHE_IS_DOWN = (RedisError, OSError)

logger = logging.getLogger(__name__)


def kept(key: str, make: Callable[[], T], *, seconds: float) -> T:
    """What is kept under ``key``, or what ``make`` makes now, which is then kept. It must not be None."""
    cached: T | None = look([key]).get(key)
    if cached is not None:
        return cached
    fresh = make()
    keep(key, fresh, seconds=seconds)
    return fresh


def look(keys: Sequence[str]) -> JsonObject:
    """What is kept under ``keys``, of those that hold something."""
    try:
        return cache.get_many(keys)
    except CACHE_IS_DOWN:
        logger.warning("the cache does not answer: %s not read", ", ".join(keys), exc_info=True)
        return {}


def keep(key: str, value: object, *, seconds: float | None) -> None:
    """Keep ``value`` for ``seconds``; None: until it is forgotten."""
    try:
        cache.set(key, value, seconds)
    except CACHE_IS_DOWN:
        logger.warning("the cache does not answer: %s not kept", key, exc_info=True)


def forget(key: str) -> None:
    """Keep nothing under ``key``."""
    try:
        cache.delete(key)
    except CACHE_IS_DOWN:
        logger.warning("the cache does not answer: %s lives out its time", key, exc_info=True)


def is_first(key: str, *, seconds: float) -> bool:
    """Whether nobody asked this of ``key`` in the last ``seconds``; True where the cache does not know."""
    try:
        return bool(cache.add(key, 1, seconds))
    except CACHE_IS_DOWN:
        logger.warning("the cache does not answer: %s may come twice", key, exc_info=True)
        return True
