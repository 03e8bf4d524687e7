"""``training-runs/`` with idempotency keys."""

from __future__ import annotations

from typing import Any

import pytest

from registry.models import TrainingRun
from tests.api_client import key_client, nobody
from tests.registry.toy import toy_family

pytestmark = pytest.mark.django_db
PATH = "/api/v1/training-runs/"


def start(client: Any, key: str) -> Any:
    return client.post(PATH, {"family": "toy"}, headers={"Idempotency-Key": key})


def test_a_repeated_key_starts_one_run_and_gets_its_first_answer(
    django_capture_on_commit_callbacks: Any,
) -> None:
    client = key_client("models:write")
    with toy_family(), django_capture_on_commit_callbacks(execute=True):
        first = start(client, "a")
    with toy_family(), django_capture_on_commit_callbacks(execute=True):
        again, other = start(client, "a"), start(client, "b")

    assert again.json() == first.json()
    assert other.json()["id"] != first.json()["id"]
    assert TrainingRun.objects.count() == 2


def test_a_key_of_one_caller_means_nothing_to_another(django_capture_on_commit_callbacks: Any) -> None:
    ids = set()
    for _caller in range(2):
        with toy_family(), django_capture_on_commit_callbacks(execute=True):
            ids.add(start(key_client("models:write"), "a").json()["id"])

    assert len(ids) == TrainingRun.objects.count() == 2


def test_who_may_not_start_runs_leaves_no_run() -> None:
    with toy_family():
        assert start(key_client("models:read"), "a").status_code == 403
        assert start(nobody(), "a").status_code == 401
    assert not TrainingRun.objects.exists()
