"""LightGBM without the libraries that it only looks for.

When it is imported it loads pandas and scikit-learn where they are installed, so as to take their objects.
Here it is given arrays alone, and every process that scores would pay with 70 MB and a second or two.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Final

OPENMP: Final = ("libgomp.so.1", "libomp.dylib")
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


def _load_openmp() -> None:
    """Load the OpenMP library that torch brings: LightGBM needs one, which not every system has.

    The same one as torch's, or a process that loads both would have two; without torch itself, which takes
    a second and 200 MB.
    """
    torch = find_spec("torch")
    for folder in (torch.submodule_search_locations or ()) if torch else ():
        for name in OPENMP:
            path = Path(folder) / "lib" / name
            if path.exists():
                ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL)
                return
    import torch as _torch  # noqa: F401  # a build of torch that keeps it elsewhere


_load_openmp()
with _left_out():
    import lightgbm

__all__ = ["lightgbm"]
