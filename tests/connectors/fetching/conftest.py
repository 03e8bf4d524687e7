"""Shops on this machine may be called, and pauses are noted instead of made."""

from __future__ import annotations

import pytest
from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def on_this_machine(settings: Settings) -> None:
    settings.CONNECTORS_ALLOW_LOOPBACK = True


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the client wanted; none is made."""
    wanted: list[float] = []
    for module in ("connectors.fetching.client", "connectors.fetching.shopify"):
        monkeypatch.setattr(f"{module}.pause", wanted.append)
    return wanted
