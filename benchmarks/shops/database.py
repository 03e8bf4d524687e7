"""A database of a benchmark's own, on the server that DATABASE_URL names or in a file, dropped in the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

KEY = "only-for-measuring-0123456789-abcdefghijklmnopqrstuvwxyz"


@contextmanager
def own_database(folder: Path) -> Iterator[dict[str, str]]:
    """The environment for what runs on it. With DATABASE_URL set it is ``regulars_bench_<process id>``."""
    env = {**os.environ, "VAR_DIR": str(folder / "var"), "SECRET_KEY": KEY, "OMP_NUM_THREADS": "1"}
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        yield env
        return
    import psycopg

    name = f"regulars_bench_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield {**env, "DATABASE_URL": urlunsplit(urlsplit(url)._replace(path=f"/{name}"))}
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
