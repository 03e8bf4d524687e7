"""What ``make run`` refuses, probes and starts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from config.running import valkey
from config.running.processes import (
    AlreadyRunningError,
    PortBusyError,
    check_port,
    http_answers,
    only_instance,
    training_service,
    wants_demo_files,
    worker_is_well,
)


@pytest.fixture
def listening_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_second_instance_names_the_address_of_the_first(tmp_path: Path) -> None:
    with only_instance(folder=tmp_path, url="http://127.0.0.1:8000"):
        message = rf"already running at http://127.0.0.1:8000 \(pid {os.getpid()}\)"
        with (
            pytest.raises(AlreadyRunningError, match=message),
            only_instance(folder=tmp_path, url="http://other"),
        ):
            pass


def test_the_folder_is_free_again_afterwards(tmp_path: Path) -> None:
    for url in ("http://one", "http://two"):
        with only_instance(folder=tmp_path, url=url):
            assert url in (tmp_path / "run.lock").read_text()


def test_a_busy_port_is_named_with_the_way_out(listening_port: int) -> None:
    with pytest.raises(PortBusyError, match=f"Port {listening_port} .* PORT={listening_port + 1}"):
        check_port(host="127.0.0.1", port=listening_port)


def test_a_foreign_address_is_refused() -> None:
    with pytest.raises(PortBusyError, match=r"Cannot listen on 192\.0\.2\.1"):
        check_port(host="192.0.2.1", port=8000)


def test_a_server_that_does_not_answer_is_unhealthy(listening_port: int) -> None:
    assert not http_answers(host="127.0.0.1", port=listening_port, timeout=0.2)


def test_a_worker_with_a_recent_heartbeat_is_healthy(tmp_path: Path) -> None:
    alive = tmp_path / "worker.alive"
    alive.touch()
    assert worker_is_well(alive_file=alive)


def test_a_worker_is_healthy_while_the_broker_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.running.processes.broker_answers", lambda: False)
    assert worker_is_well(alive_file=tmp_path / "never")
    monkeypatch.setattr("config.running.processes.broker_answers", lambda: True)
    assert not worker_is_well(alive_file=tmp_path / "never")


def test_training_has_a_lower_priority_and_ends_its_process_after_each_run() -> None:
    training = training_service()
    command = training.command
    assert command[command.index("--max-tasks-per-child") + 1] == "1"
    assert training.niceness > 0


def test_valkey_starts_on_its_socket_only() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "valkey.sock"
        assert not valkey.answers(socket_path=path)
        server = subprocess.Popen(valkey.server_command(socket_path=path, directory=Path(folder)))
        try:
            deadline = time.monotonic() + 10
            while not valkey.answers(socket_path=path):
                assert time.monotonic() < deadline
            assert path.stat().st_mode & 0o077 == 0
        finally:
            server.terminate()
            server.wait()


def test_waiting_threads_use_no_processor_time() -> None:
    """Read by the OpenMP library when torch or LightGBM is loaded, which no setting may do before."""
    look = (
        "import django, os, sys; django.setup(); print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", look], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True,
        check=True,
    )  # fmt: skip

    assert done.stdout.split() == ["passive", "False"]


@pytest.mark.parametrize(
    ("demo", "has_database", "wanted"), [("1", False, True), ("1", True, False), ("0", False, False)]
)
def test_demo_files_are_made_while_a_new_database_is(
    demo: str, has_database: bool, wanted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "regulars.sqlite3"
    if has_database:
        database.touch()
    monkeypatch.setenv("DEMO", demo)
    monkeypatch.setattr(settings, "EMBEDDED", True)
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", database)

    assert wants_demo_files() is wanted
