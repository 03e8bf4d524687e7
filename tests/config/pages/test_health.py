"""``/healthz``."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_healthy_process_answers_without_a_login(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"database": True, "cache": True})
    assert "no-cache" in answer["Cache-Control"]


def test_without_a_cache_it_is_503_and_says_which(client: Client, monkeypatch) -> None:
    def away(*args: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(cache, "get", away)
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (503, {"database": True, "cache": False})


def test_without_a_database_it_is_503_and_says_which(client: Client, monkeypatch) -> None:
    def away(*args: object) -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["database"]) == (503, False)


def test_it_is_only_read(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
