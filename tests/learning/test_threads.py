from __future__ import annotations

import numpy as np  # noqa: F401  # brings the linear algebra whose threads are counted
from threadpoolctl import threadpool_info

from learning.threads import one_thread_if


def threads() -> list[int]:
    return [library["num_threads"] for library in threadpool_info()]


def test_small_work_keeps_to_one_thread_and_gives_them_back() -> None:
    before = threads()
    with one_thread_if(small=True):
        assert set(threads()) == {1}
    assert threads() == before


def test_large_work_takes_what_there_is() -> None:
    before = threads()
    with one_thread_if(small=False):
        assert threads() == before
