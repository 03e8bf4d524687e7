from __future__ import annotations

import numpy as np
import pytest
from celery import shared_task

from learning.estimator import artefact_sha256, write_artefact
from registry.models import ModelVersion
from registry.services import NoLiveModel, load_live
from registry.services.versions import promote, register_candidate, roll_back, store_artefact
from tests.factories import AdminFactory
from tests.registry.toy import candidate, toy_family

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def toy():
    with toy_family():
        yield


def register(*, value: float) -> ModelVersion:
    trained = candidate(value=value)
    return register_candidate(
        family="toy", candidate=trained, artefact=store_artefact(family="toy", candidate=trained)
    )


def live_value() -> float:
    return float(load_live("toy").estimator.score(np.zeros(1, dtype=np.float32))[0])


def test_promoting_retires_the_version_before() -> None:
    first, second = register(value=1), register(value=2)

    first.refresh_from_db()
    assert (first.status, second.status) == (ModelVersion.Status.RETIRED, ModelVersion.Status.LIVE)


def test_a_process_serves_the_new_version_as_soon_as_it_is_live() -> None:
    register(value=1)
    before = live_value()
    register(value=2)

    assert (before, live_value()) == (1.0, 2.0)


def test_rolling_back_brings_the_version_before_back() -> None:
    register(value=1)
    register(value=2)

    roll_back(family="toy")

    assert live_value() == 1.0


def test_there_is_nothing_to_roll_back_to_at_first() -> None:
    register(value=1)

    with pytest.raises(NoLiveModel, match="no earlier version"):
        roll_back(family="toy")


def test_a_family_without_a_model_says_so() -> None:
    with pytest.raises(NoLiveModel, match="No toy model"):
        load_live("toy")


def test_a_damaged_file_is_refused() -> None:
    version = register(value=1)
    (version.artefact / "arrays.npz").write_bytes(b"damaged")

    with pytest.raises(NoLiveModel, match="not the one that was trained"):
        load_live("toy")


def test_what_another_version_of_the_program_saved_is_refused() -> None:
    version = register(value=1)
    write_artefact(version.artefact, name="constant", parameters={}, arrays={"median": np.zeros(1)})
    version.artefact_sha256 = artefact_sha256(version.artefact)
    version.save()

    with pytest.raises(NoLiveModel, match="saved by another version"):
        load_live("toy")


def test_a_damaged_new_file_leaves_the_old_model_serving() -> None:
    register(value=1)
    live_value()
    damaged = register(value=2)
    (damaged.artefact / "model.json").write_text("{}")

    assert live_value() == 1.0


def test_promoting_twice_changes_nothing() -> None:
    version = register(value=1)

    promote(version=version)

    assert ModelVersion.objects.filter(status=ModelVersion.Status.LIVE).count() == 1


def test_a_version_promoted_by_hand_has_the_scores_renewed(
    client, django_capture_on_commit_callbacks
) -> None:
    renewed: list[str] = []

    @shared_task(name="tests.renew_toys")
    def renew_toys() -> None:
        renewed.append("toy")

    client.force_login(AdminFactory())
    with toy_family(rescoring_task="tests.renew_toys"):
        first = register(value=1)
        register(value=2)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(f"/api/v1/models/{first.public_id}/promote/")

    assert answer.status_code == 200
    assert renewed == ["toy"]
