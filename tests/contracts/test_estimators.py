"""What every estimator of every app keeps."""

from __future__ import annotations

import contextlib
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from learning.estimator import ArtefactError, Estimator, ModelFitError, load_estimator, write_artefact
from tests.contracts.cases import CASES, Case
from tests.digits import assert_same_digits

every_estimator = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
every_model_with_a_baseline = pytest.mark.parametrize(
    "case", [case for case in CASES if case.baseline], ids=lambda case: case.name
)


def fitted(case: Case, *, seed: int = 1, model: Any = None) -> Any:
    toy = case.toy()
    return (model or case.build()).fit(toy.data, rng=np.random.default_rng(seed))


@every_estimator
def test_it_keeps_the_protocol(case: Case):
    model = case.build()

    assert isinstance(model, Estimator)
    assert model.fit(case.toy().data, rng=np.random.default_rng(1)) is model


@every_estimator
def test_scores_are_finite_float32_one_line_an_input(case: Case):
    scores = fitted(case).score(case.toy().inputs)

    assert scores.dtype == np.float32
    assert len(scores) == len(case.toy().inputs)
    assert np.isfinite(scores).all()


@every_estimator
def test_the_same_seed_gives_the_same_scores(case: Case):
    inputs = case.toy().inputs

    np.testing.assert_array_equal(fitted(case).score(inputs), fitted(case).score(inputs))


@every_estimator
def test_a_loaded_model_scores_like_the_saved_one(case: Case, tmp_path: Path):
    model, inputs = fitted(case), case.toy().inputs
    model.save(tmp_path / "model")

    np.testing.assert_array_equal(type(model).load(tmp_path / "model").score(inputs), model.score(inputs))


@pytest.mark.numerics
@every_estimator
def test_a_single_row_scores_as_in_a_batch(case: Case):
    model, toy = fitted(case), case.toy()
    batch = model.score(toy.inputs)
    last = len(batch) - 1

    for row in (0, last // 2, last):
        # a float32 of about 1 is a sum whose terms may be larger and cancel
        assert_same_digits(model.score(toy.one(toy.inputs, row))[0], batch[row], noise=1e-6)


@every_estimator
def test_nothing_is_drawn_from_generators_that_all_share(case: Case):
    """Whoever drew from those would learn something else in another order of events, whatever ``rng`` is."""
    np_state, py_state, torch_state = np.random.get_state(), random.getstate(), torch.get_rng_state()
    model, inputs = fitted(case), case.toy().inputs
    model.score(inputs)

    assert str(np.random.get_state()) == str(np_state)
    assert random.getstate() == py_state
    assert torch.equal(torch.get_rng_state(), torch_state)


@every_estimator
def test_nan_is_refused(case: Case):
    with pytest.raises(ModelFitError):
        case.build().fit(case.toy().broken, rng=np.random.default_rng(1))


@every_estimator
def test_it_learns_its_toy_set(case: Case):
    toy = case.toy()

    assert toy.quality(fitted(case).score(toy.inputs)) >= toy.floor


@every_model_with_a_baseline
def test_it_beats_its_baseline(case: Case):
    toy = case.toy()
    assert case.baseline is not None
    baseline = fitted(case, model=case.baseline())

    assert toy.quality(fitted(case).score(toy.inputs)) > toy.quality(baseline.score(toy.inputs))


@every_estimator
def test_an_artefact_of_another_model_is_refused(case: Case, tmp_path: Path):
    write_artefact(tmp_path / "other", name="something else", parameters={}, arrays={"x": np.zeros(1)})

    with pytest.raises(ArtefactError, match="something else"):
        type(case.build()).load(tmp_path / "other")


@every_estimator
def test_a_damaged_artefact_is_refused(case: Case, tmp_path: Path):
    fitted(case).save(tmp_path / "model")
    arrays = tmp_path / "model" / "arrays.npz"
    arrays.write_bytes(arrays.read_bytes()[: arrays.stat().st_size // 2])

    with pytest.raises(ArtefactError):
        type(case.build()).load(tmp_path / "model")


@every_estimator
@pytest.mark.parametrize("changed", ["a setting more", "nothing learned"])
def test_an_artefact_of_another_version_is_read_or_refused(case: Case, changed: str, tmp_path: Path):
    """Whatever it lacks, or has beyond what is known here, no other error gets out."""
    fitted(case).save(tmp_path / "model")
    saved = json.loads((tmp_path / "model" / "model.json").read_text())
    if changed == "a setting more":
        saved["parameters"]["of_another_version"] = 1
        (tmp_path / "model" / "model.json").write_text(json.dumps(saved))
    else:
        write_artefact(tmp_path / "model", name=saved["name"], parameters=saved["parameters"], arrays={})

    with contextlib.suppress(ArtefactError):
        load_estimator(type(case.build()), tmp_path / "model")
