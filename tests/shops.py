"""A whole shop of real processes in a folder and databases of its own.

It runs in the shape of the environment: with DATABASE_URL and REDIS_URL on PostgreSQL and Redis.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

import psutil
import psycopg
from django.conf import settings
from redis import Redis

T = TypeVar("T")


def wait_until(look: Callable[[], T | None], *, seconds: float, what: str) -> T:
    """The first true answer of ``look``."""
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.05)
    return answer


@dataclass(frozen=True)
class Services:
    """A PostgreSQL database and a Redis number for one shop alone, on the servers of the environment."""

    database_url: str
    redis_url: str

    @classmethod
    def of_environment(cls, *, name: str, redis_number: int) -> Self | None:
        """An empty database called ``name``; None in the embedded shape."""
        server = os.environ.get("DATABASE_URL")
        if not server:
            return None
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        redis = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{redis_number}").geturl()
        Redis.from_url(redis).flushdb()
        return cls(urlsplit(server)._replace(path=f"/{name}").geturl(), redis)

    def variables(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
        }

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url) as connection:
            return list(connection.execute(query.encode()))

    def drop(self) -> None:
        name = urlsplit(self.database_url).path[1:]
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        Redis.from_url(self.redis_url).flushdb()


class Shop:
    """What ``make run`` starts in one of the two shapes; ``variables`` are added to its environment."""

    def __init__(self, folder: Path, *, services: Services | None = None, **variables: str) -> None:
        self.folder = folder
        self.services = services
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")
        }
        addresses = services.variables() if services else {}
        self.environment = {
            **inherited,
            **addresses,
            "VAR_DIR": str(folder),
            "PORT": str(self.port),
            "DEMO": "0",
            "WEB_WORKERS": "1",
            **variables,
        }
        self.supervisor: psutil.Popen | None = None

    # --- processes ---------------------------------------------------------------------------------
    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]

    def start(self) -> None:
        with (self.folder / "run.log").open("ab") as log:
            self.supervisor = psutil.Popen(
                (sys.executable, "-m", "config.running"), cwd=settings.BASE_DIR,
                env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def manage(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command beside the running shop."""
        with (self.folder / "commands.log").open("ab") as log:
            return subprocess.Popen(self.command(*arguments), env=self.environment, stdout=log, stderr=log)

    def descendants(self) -> list[psutil.Process]:
        assert self.supervisor is not None
        return list(self.supervisor.children(recursive=True))

    def process(self, *words: str) -> psutil.Process | None:
        """The oldest descendant whose command line holds all ``words``."""
        for process in sorted(self.descendants(), key=lambda each: each.create_time()):
            try:
                line = " ".join(process.cmdline())
            except psutil.NoSuchProcess:
                continue
            if all(word in line for word in words):
                return process
        return None

    def wait_for_process(self, *words: str, seconds: float = 30) -> psutil.Process:
        return wait_until(lambda: self.process(*words), seconds=seconds, what=f"a process {words}")

    def signal(self, number: signal.Signals) -> None:
        assert self.supervisor is not None
        self.supervisor.send_signal(number)

    def end(self) -> None:
        """Leave nothing behind, whatever the test has done."""
        if self.supervisor is None:
            return
        left = []
        if self.supervisor.is_running():
            left = [*self.descendants(), self.supervisor]
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left, timeout=10)

    # --- what it says ------------------------------------------------------------------------------
    @property
    def log(self) -> str:
        return (self.folder / "run.log").read_text(errors="replace")

    @property
    def commands_log(self) -> str:
        return (self.folder / "commands.log").read_text(errors="replace")

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; status 0 when nobody answers. The proxy that a real shop has says https."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3)
        try:
            connection.request("GET", path, headers={"X-Forwarded-Proto": "https"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def answers(self, path: str = "/healthz") -> bool:
        return self.get(path)[0] == 200

    def wait_until_serving(self) -> None:
        try:
            wait_until(self.answers, seconds=90, what="the first answer")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log}") from None

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Read the shop's database from outside."""
        if self.services:
            return self.services.rows(query)
        path = self.folder / "regulars.sqlite3"
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as database:
                rows = database.execute(query).fetchall()
            database.close()
        except sqlite3.OperationalError:  # not there yet, or no such table yet
            return []
        return rows

    def number(self, query: str) -> int:
        rows = self.rows(query)
        return int(str(rows[0][0])) if rows and rows[0][0] is not None else 0
