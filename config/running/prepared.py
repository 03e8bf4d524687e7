"""Whether database and static files are as this version of the program wants them, told without loading it.

``manage.py prepare`` finds out too, but takes seconds to start. Its success is noted here beside all that it
depends on: the program's own files, what is installed, the settings that are stored, the database's state.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

OTHER_FOLDERS = {"var", "docs", "tests", "benchmarks", "examples", "deploy", "node_modules", "__pycache__"}


def is_prepared() -> bool:
    """Whether nothing has changed since the last ``note``; never known of a database that others keep."""
    fingerprint = _fingerprint()
    with contextlib.suppress(OSError):
        return fingerprint is not None and _stamp().read_text(encoding="utf-8") == fingerprint
    return False


def note() -> None:
    """Remember that everything is prepared now."""
    fingerprint = _fingerprint()
    if fingerprint is not None:
        fresh = _stamp().with_suffix(f".{os.getpid()}")
        fresh.write_text(fingerprint, encoding="utf-8")
        fresh.replace(_stamp())


def _stamp() -> Path:
    return Path(settings.VAR_DIR) / "prepared"


def _fingerprint() -> str | None:
    """None where the state of the database cannot be told."""
    state = _database_state()
    if state is None or not Path(settings.STATIC_ROOT).is_dir():
        return None
    digest = hashlib.sha256(f"{sys.version}\0{settings.TIME_ZONE}\0{state}\n".encode())
    for path in sorted(_files(Path(settings.BASE_DIR))):
        status = path.stat()
        digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """The program's own files; folders whose name begins with a dot are somebody else's."""
    for name, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if one not in OTHER_FOLDERS and not one.startswith(".")]
        yield from (Path(name) / one for one in files if not one.endswith((".mo", ".po", ".md")))


def _database_state() -> str | None:
    """Which migrations the embedded database has had; None without one."""
    if not settings.EMBEDDED:
        return None
    address = f"file:{settings.DATABASES['default']['NAME']}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=5)) as database:
            return str(sorted(database.execute("SELECT app, name FROM django_migrations")))
    except sqlite3.Error:
        return None
