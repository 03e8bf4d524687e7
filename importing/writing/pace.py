"""How many rows an import writes at once: as many as other writers can wait for.

SQLite has one writer, so a checkout waits until the chunk that is being written is committed. How long a row
takes depends on the machine and on what else it does, so each chunk's size follows from the last one's time.
"""

from __future__ import annotations

from django.db import connection

TARGET_SECONDS = 1.0
"""Of one transaction, where others wait for it."""
FIRST_ROWS = FEWEST_ROWS = 16_000
"""With fewer, what a chunk costs by itself would take more time than its rows."""
MOST_GROWTH = 2.0


class Pace:
    """``rows`` is how many the next chunk is to have, at most ``most``."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.is_steady = connection.vendor != "sqlite"
        self.rows = most if self.is_steady else min(most, FIRST_ROWS)

    def note(self, *, rows: int, seconds: float) -> None:
        """``rows`` were written in one transaction of so many seconds."""
        if self.is_steady or not rows:
            return
        wanted = rows * TARGET_SECONDS / max(seconds, 0.001)
        wanted = min(wanted, self.rows * MOST_GROWTH)
        self.rows = max(min(round(wanted), self.most), min(FEWEST_ROWS, self.most))
