"""What a dry run has made in chunks that were rolled back, so that each row of it is counted once."""

from __future__ import annotations

from collections.abc import Iterable


class Rehearsed:
    """Names of rows by table: a hash each, so that millions of them stay small."""

    def __init__(self) -> None:
        self._made: set[int] = set()

    def count_new(self, table: str, names: Iterable[str]) -> int:
        """How many of these come for the first time."""
        hashes = {hash((table, name)) for name in names} - self._made
        self._made |= hashes
        return len(hashes)
