from __future__ import annotations

import threading

import pytest

from fraud.services.answering import deadlines
from fraud.services.answering.deadlines import Budget, TooLate, answer_of, started


def test_an_answer_in_time_is_returned():
    assert answer_of(started(lambda: 7), budget=Budget(10)) == 7


def test_what_the_work_raises_is_raised():
    def fail() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        answer_of(started(fail), budget=Budget(10))


def test_work_that_takes_too_long_is_not_waited_for():
    ready = threading.Event()
    future = started(ready.wait)
    try:
        with pytest.raises(TooLate):
            answer_of(future, budget=Budget(0.01))
    finally:
        ready.set()

    assert future.result(timeout=10) is True  # it went on to its end


def test_a_budget_that_is_used_up_says_so():
    used, fresh = Budget(-1), Budget(60)

    with pytest.raises(TooLate):
        used.check()
    fresh.check()
    assert 0 < fresh.left <= 60


def test_a_finished_answer_counts_however_late_it_is_read():
    future = started(lambda: 7)
    future.result(timeout=10)

    assert answer_of(future, budget=Budget(-1)) == 7


def test_no_more_than_so_many_may_still_be_running(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(deadlines, "_free", threading.BoundedSemaphore(2))
    ready = threading.Event()
    running = [started(ready.wait) for _ in range(2)]
    try:
        with pytest.raises(TooLate):
            started(lambda: 7)
    finally:
        ready.set()
    for future in running:
        future.result(timeout=10)


def test_the_place_of_work_that_has_ended_is_free_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(deadlines, "_free", threading.BoundedSemaphore(1))
    ended = threading.Event()
    free = deadlines._free
    release = free.release

    def released() -> None:
        release()
        ended.set()

    monkeypatch.setattr(free, "release", released)
    started(lambda: 1 / 0)

    assert ended.wait(timeout=10)
    assert answer_of(started(lambda: 7), budget=Budget(10)) == 7
