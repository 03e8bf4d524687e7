"""Models and training runs over the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from registry.models import ModelVersion, TrainingRun
from registry.services.versions import register_candidate, store_artefact
from tests.api_client import key_client, staff_client
from tests.factories import ModelVersionFactory, TrainingRunFactory
from tests.registry.toy import candidate, toy_family

pytestmark = pytest.mark.django_db
MODELS, RUNS = "/api/v1/models/", "/api/v1/training-runs/"


@pytest.fixture(autouse=True)
def toy() -> Iterator[None]:
    cache.clear()
    with toy_family():
        yield


def trained(value: float) -> ModelVersion:
    model = candidate(value=value)
    return register_candidate(
        family="toy", candidate=model, artefact=store_artefact(family="toy", candidate=model)
    )


def test_versions_are_listed_with_their_figures():
    ModelVersionFactory(family="toy", metrics={"ndcg@10": 0.2})
    ModelVersionFactory(family="other")
    answer = key_client("models:read").get(MODELS, {"family": "toy"})
    assert [row["metrics"] for row in answer.data["results"]] == [{"ndcg@10": 0.2}]


def test_an_earlier_version_is_promoted_and_the_last_one_rolled_back():
    old, new = trained(1.0), trained(2.0)
    client = key_client("models:write")
    assert client.post(f"{MODELS}{old.public_id}/promote/").data["status"] == "live"
    new.refresh_from_db()
    assert new.status == "retired"
    assert client.post(f"{MODELS}{old.public_id}/rollback/").data["name"] == str(new)
    assert ModelVersion.objects.live("toy").get() == new


def test_a_version_without_its_file_is_not_promoted():
    live, lost = trained(1.0), ModelVersionFactory(family="toy", number=9, status="retired")
    answer = key_client("models:write").post(f"{MODELS}{lost.public_id}/promote/")
    assert answer.status_code == 409
    assert ModelVersion.objects.live("toy").get() == live


def test_there_must_be_something_to_go_back_to():
    only = trained(1.0)
    client = key_client("models:write")
    assert client.post(f"{MODELS}{only.public_id}/rollback/").status_code == 409
    retired = ModelVersionFactory(family="other", status="retired")
    assert client.post(f"{MODELS}{retired.public_id}/rollback/").status_code == 409


def test_a_run_is_started_once_and_carried_out(django_capture_on_commit_callbacks: Any):
    client = key_client("models:read", "models:write")
    with django_capture_on_commit_callbacks(execute=True):
        first = client.post(RUNS, {"family": "toy"})
    assert first.status_code == 201
    run = client.get(f"{RUNS}{first.data['id']}/").data
    assert (run["status"], run["version"]) == ("succeeded", str(ModelVersion.objects.get().public_id))


def test_a_run_under_way_is_not_started_twice():
    under_way = TrainingRunFactory(family="toy", status="running")
    answer = staff_client("registry.add_trainingrun").post(RUNS, {"family": "toy"})
    assert (answer.status_code, answer.data["id"]) == (200, str(under_way.public_id))
    assert TrainingRun.objects.count() == 1


def test_a_repeated_request_starts_one_run():
    client = key_client("models:write")
    headers = {"idempotency-key": "nightly"}
    first = client.post(RUNS, {"family": "toy"}, headers=headers)
    second = client.post(RUNS, {"family": "toy"}, headers=headers)
    assert second["Idempotent-Replayed"] == "true"
    assert first.content == second.content


def test_an_unknown_family_is_named_with_those_there_are():
    answer = key_client("models:write").post(RUNS, {"family": "astrology"})
    assert answer.status_code == 400
    assert "toy" in answer.data["errors"][0]["message"]
