"""Fixtures for tests of members, orders and the API."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections


@pytest.fixture
def threaded_db(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that threads really share.

    PostgreSQL's test database is one. SQLite's lies in memory, where locks work unlike those of a file, so
    here the test gets a copy of it in a file, opened with the options that the program uses.
    """
    if connection.vendor != "sqlite":
        yield
        return
    memory = connections["default"]
    memory.ensure_connection()
    options, in_memory = connections.settings["default"], memory.settings_dict["NAME"]
    copy = sqlite3.connect(tmp_path / "threads.sqlite3")
    memory.connection.backup(copy)
    copy.close()
    del connections["default"]
    options["NAME"] = str(tmp_path / "threads.sqlite3")
    try:
        yield
    finally:
        connections["default"].close()
        options["NAME"] = in_memory
        connections["default"] = memory
