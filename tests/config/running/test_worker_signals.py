"""What a worker does around its tasks."""

from __future__ import annotations

import subprocess
import sys

import pytest
from celery.signals import task_postrun, task_prerun
from django.conf import settings

from config.running import worker_signals


@pytest.fixture
def trimmed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    statuses: list[int] = []
    monkeypatch.setattr(worker_signals, "_TRIM", statuses.append)
    return statuses


def run_task(task_id: str) -> None:
    task_prerun.send(sender=None, task_id=task_id)
    task_postrun.send(sender=None, task_id=task_id)


def test_a_long_task_gives_its_memory_back(trimmed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_signals, "LONG_SECONDS", -1.0)
    run_task("long")
    assert trimmed == [0]


def test_a_short_task_does_not_take_the_time(trimmed: list[int]) -> None:
    run_task("short")
    assert trimmed == []


def test_nothing_is_kept_of_a_task_that_has_ended(trimmed: list[int]) -> None:
    run_task("any")
    assert "any" not in worker_signals._began


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps and trims heaps in this way")
def test_freed_memory_goes_back_to_the_system() -> None:
    """Many small pieces with one kept at the end: the heap stays as large as it was until it is trimmed."""
    look = """
import re
from config.running import worker_signals
def mb(): return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read()).group(1)) // 1024
pieces = [bytearray(2_000) for _ in range(60_000)]
last = bytearray(2_000)
del pieces
before = mb()
worker_signals._TRIM(0)
print(before - mb())
"""
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) > 50
