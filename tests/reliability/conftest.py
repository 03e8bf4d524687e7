"""Shops for the fault tests."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.shops import Shop

MakeShop = Callable[..., Shop]


@pytest.fixture(scope="session")
def make_shop() -> Iterator[MakeShop]:
    """Shops with a migrated database; their folders are short enough for a socket's path."""
    shops: list[Shop] = []
    with tempfile.TemporaryDirectory(prefix="regulars-") as base:
        first = Shop(Path(base, "prepared"))
        first.folder.mkdir()
        subprocess.run(first.command("prepare"), env=first.environment, check=True)

        def make(**variables: str) -> Shop:
            folder = shutil.copytree(first.folder, Path(base, str(len(shops))))
            shops.append(Shop(folder, services=None, **variables))
            return shops[-1]

        yield make
        for shop in shops:
            shop.end()


@pytest.fixture
def shop(make_shop: MakeShop) -> Iterator[Shop]:
    """An empty shop that serves, for one test to destroy."""
    started = make_shop()
    started.start()
    started.wait_until_serving()
    yield started
    started.end()


@pytest.fixture(scope="module")
def lasting_shop(make_shop: MakeShop) -> Iterator[Shop]:
    """An empty shop that several tests hurt and that must come back each time."""
    started = make_shop()
    started.start()
    started.wait_until_serving()
    yield started
    started.end()
