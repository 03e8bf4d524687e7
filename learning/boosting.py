"""LightGBM without the libraries that it only looks for.

When it is imported it loads pandas and scikit-learn where they are installed, so as to take their objects.
Here it is given arrays alone, and every process that scores would pay with 70 MB and a second or two.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

import torch  # noqa: F401  # brings the OpenMP library that lightgbm needs

LEFT_OUT: Final = frozenset({"pandas", "sklearn", "dask", "matplotlib", "graphviz"})


class _NotHere:
    """A finder by which one thread does not find the modules that are left out."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in LEFT_OUT and threading.get_ident() == self.thread:
            raise ModuleNotFoundError(f"{name} is left out", name=name)
        return None


@contextmanager
def _left_out() -> Iterator[None]:
    """While the block runs, this thread finds none of LEFT_OUT. Others do; what is loaded already stays."""
    finder = _NotHere()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


with _left_out():
    import lightgbm

__all__ = ["lightgbm"]
