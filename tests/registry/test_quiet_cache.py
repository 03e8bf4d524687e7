"""A cache that does not answer costs time, never an error; a mistake in the work stays one."""

from __future__ import annotations

import pytest

from registry.quiet_cache import forget, is_first, keep, kept, look

UNREACHABLE = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",  # nobody listens there
    }
}


def test_what_is_kept_is_made_once_until_it_is_forgotten():
    made: list[int] = []

    def make() -> list[int]:
        made.append(1)
        return []

    assert kept("numbers", make, seconds=60) == kept("numbers", make, seconds=60) == []
    assert len(made) == 1
    forget("numbers")
    kept("numbers", make, seconds=60)
    assert len(made) == 2


def test_without_a_cache_everything_is_made_again(settings):
    settings.CACHES = UNREACHABLE

    assert kept("answer", lambda: 7, seconds=60) == 7
    assert look(["answer"]) == {}
    keep("answer", 7, seconds=60)
    forget("answer")
    assert is_first("answer", seconds=60)
    assert is_first("answer", seconds=60)


def test_an_error_in_the_work_is_raised_and_not_kept():
    with pytest.raises(ZeroDivisionError):
        kept("mistake", lambda: 1 // 0, seconds=60)
    assert is_first("once", seconds=60)
    assert not is_first("once", seconds=60)
