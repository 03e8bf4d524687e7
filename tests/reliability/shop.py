"""A whole shop of real processes in a folder of its own, to be hurt by the tests."""

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
from pathlib import Path
from typing import TypeVar

import psutil
from django.conf import settings

T = TypeVar("T")


def wait_until(look: Callable[[], T | None], *, seconds: float, what: str) -> T:
    """The first true answer of ``look``."""
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.05)
    return answer


class Shop:
    """``manage.py run`` in the embedded shape; everything it keeps lies in ``folder``."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")
        }
        self.environment = {
            **inherited,
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
                self.command("run"), env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

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

    def answers(self, path: str = "/healthz") -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_until_serving(self) -> None:
        try:
            wait_until(self.answers, seconds=90, what="the first answer")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log}") from None

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Read the shop's database from outside."""
        path = self.folder / "regulars.sqlite3"
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10) as database:
                found = database.execute(query).fetchall()
            database.close()
        except sqlite3.OperationalError:  # not there yet, or no such table yet
            return []
        return found

    def number(self, query: str) -> int:
        rows = self.rows(query)
        return int(str(rows[0][0])) if rows and rows[0][0] is not None else 0
