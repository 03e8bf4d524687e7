"""One of several callers at a time, so that two that start the same import at one moment start one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

NAMESPACE = 0x1A907  # of advisory locks; others of this program use other numbers


@contextmanager
def in_turn(name: str) -> Iterator[None]:
    """A transaction that another with the same name waits for.

    SQLite's transactions begin as writers (``IMMEDIATE``), so each is alone there as it is.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                key = zlib.crc32(name.encode()) - (1 << 31)  # a signed number of 32 bits
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [NAMESPACE, key])
        yield
