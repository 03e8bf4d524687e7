"""Every model that may compete in a retrain can be saved, promoted, and loaded as the live one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from forecasts.ml.members.habit import Habit
from fraud.ml.models.blend import PARTS
from fraud.services.training import BLEND, MEMBER, WithTwin
from learning.estimator import class_at
from registry.families import Candidate, UnknownFamily, check_competing, families, family_named
from registry.models import ModelVersion
from registry.services import load_live, versions
from registry.services.versions import register_candidate, store_artefact
from tests.contracts.cases import CASES, Case

MAY_COMPETE = [(family.name, name) for family in families() for name in sorted(family.estimators)]


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    monkeypatch.setattr(versions, "_loaded", {})
    settings.MODEL_DIR = tmp_path


def case_of(cls: type[Any]) -> Case:
    (only_case,) = [case for case in CASES if type(case.build()) is cls]
    return only_case


def candidate(estimator: Any) -> Candidate:
    return Candidate(
        estimator=estimator,
        score=0.5,
        live_score=None,
        parameters={},
        metrics={},
        data_from=None,
        data_until=None,
        data_fingerprint="",
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("family", "name"), MAY_COMPETE)
def test_it_is_saved_promoted_and_loaded(family: str, name: str) -> None:
    case = case_of(class_at(family_named(family).estimators[name]))
    toy = case.toy()
    model = case.build().fit(toy.data, rng=np.random.default_rng(1))
    trained = candidate(WithTwin(model, model) if family == "fraud" else model)

    artefact = store_artefact(family=family, candidate=trained)
    version = register_candidate(family=family, candidate=trained, artefact=artefact)
    live = load_live(family)

    assert (version.status, version.estimator) == (ModelVersion.Status.LIVE, name)
    assert live.version == version
    np.testing.assert_array_equal(live.estimator.score(toy.inputs), model.score(toy.inputs))


def test_all_families_are_tried() -> None:
    assert {family for family, _name in MAY_COMPETE} == {
        "anomaly", "demand", "forecasts", "fraud", "recommendations", "segments",
    }  # fmt: skip


def test_the_parts_of_the_fraud_blend_are_registered() -> None:
    assert {*PARTS, BLEND, MEMBER} == set(family_named("fraud").estimators)


def test_a_winner_that_could_not_be_loaded_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    habit: Any = Habit()

    with pytest.raises(UnknownFamily, match="'forecasts' has no model 'habit'; known: blend, pareto_nbd"):
        store_artefact(family="forecasts", candidate=candidate(habit))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["als", "gann", "nmf"], "SETTING names 'gann', 'nmf'; possible: als, blend, ease, gan, .*, .*"),
        ([], "SETTING names no model; possible: als, "),
    ],
)
def test_a_setting_with_other_names_is_refused(names: list[str], message: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{message}"):
        check_competing(family="recommendations", names=names, setting="SETTING")


def test_the_shop_does_not_start_with_an_unknown_recommender_and_says_why_in_one_line(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": str(tmp_path),
        "RECOMMENDATION_MODELS": "als,svd",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "run"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    names = ", ".join(sorted(family_named("recommendations").estimators))
    assert done.returncode == 1
    assert done.stderr == f"RECOMMENDATION_MODELS names 'svd'; possible: {names}.\n"
