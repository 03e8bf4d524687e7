"""Fixtures that every test may use."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import hypothesis
import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from celery import current_app
from django.db import connection, connections
from django.utils import timezone, translation
from pytest_django.fixtures import Settings

from membership.models.shop import remember_shop
from tests.factories import NOON

# how long an example takes says how busy the machine is, not whether the code is right
UNTIMED = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("same-every-time", UNTIMED, derandomize=True)
hypothesis.settings.register_profile("explore", UNTIMED, max_examples=1_000)  # --hypothesis-profile=explore
hypothesis.settings.load_profile("same-every-time")


def pytest_configure() -> None:
    """Compile translations that are missing or old, for those who start pytest without make."""
    for source in (Path(__file__).parent.parent / "locale").rglob("*.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        fresh = compiled.with_suffix(f".{os.getpid()}")
        with source.open("rb") as catalogue, fresh.open("wb") as file:
            write_mo(file, read_po(catalogue))
        fresh.replace(compiled)  # several processes may do so at once


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tests run in random order, each from the same seed: say which, or a failure could not be repeated."""
    seed = config.getoption("randomly_seed", None)
    if seed is not None:
        terminalreporter.write_line(f"The order was random; --randomly-seed={seed} repeats it.")


@pytest.fixture(scope="session", autouse=True)
def tasks_by_name() -> None:
    """Work is queued by the name of its task. Only a worker imports the tasks by itself."""
    current_app.loader.import_default_modules()


@pytest.fixture(autouse=True)
def var_dirs(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every test writes models, imports and demo files into a folder of its own."""
    base = tmp_path_factory.mktemp("var")
    settings.VAR_DIR = base
    settings.MODEL_DIR = base / "models"
    settings.IMPORT_DIR = base / "imports"
    settings.DEMO_DIR = base / "demo"


@pytest.fixture(autouse=True)
def shop_of_settings() -> Iterator[None]:
    """The shop is as ``settings`` say, whatever the database holds, until a test saves a row of its own."""
    remember_shop(None)
    with timezone.override(None):
        yield


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request leaves its language behind in the thread; every test begins in English."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def no_model_in_memory() -> Iterator[None]:
    """Models loaded by one test are not seen by the next."""
    from registry.services import versions

    versions._loaded.clear()
    yield
    versions._loaded.clear()


@pytest.fixture
def broker_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tasks go to a broker that is not there, as they do while Valkey starts again."""
    from config.celery import app

    monkeypatch.setitem(app.conf, "task_always_eager", False)
    monkeypatch.setitem(app.conf, "broker_url", f"redis+socket://{tmp_path}/nobody.sock")
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)


@pytest.fixture
def noon() -> datetime:
    return NOON


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
