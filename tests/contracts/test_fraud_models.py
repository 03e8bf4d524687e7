"""What every fraud model keeps beyond the estimator's protocol."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fraud.ml.judging.explanation import explain
from fraud.ml.orders.sequences import CONTEXT_FEATURES, TransactionSequences
from fraud.ml.orders.step_features import STEP_FEATURES
from fraud.ml.orders.training_data import LabelledSequences
from learning.estimator import ArtefactError, ModelFitError
from tests.contracts.cases import CASES, Case

FRAUD_MODELS = [case for case in CASES if type(case.build()).__module__.startswith("fraud.")]
OF_LABELS = [case for case in FRAUD_MODELS if case.name != "isolation_forest"]
"""The models that learn from labels."""


@pytest.fixture(scope="module", params=FRAUD_MODELS, ids=lambda case: case.name)
def fitted(request: pytest.FixtureRequest) -> tuple[Any, TransactionSequences]:
    case: Case = request.param
    toy = case.toy()
    return case.build().fit(toy.data, rng=np.random.default_rng(1)), toy.inputs


def test_scores_are_probabilities(fitted: tuple[Any, TransactionSequences]):
    model, sequences = fitted
    scores = model.score(sequences)

    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores.min() < 0.5 < scores.max()


def test_orders_are_scored_independently_of_their_order(fitted: tuple[Any, TransactionSequences]):
    model, sequences = fitted
    mixed = np.random.default_rng(3).permutation(len(sequences))[:50]

    np.testing.assert_allclose(
        model.score(sequences.select(mixed)), model.score(sequences)[mixed], rtol=1e-4, atol=1e-6
    )


def test_no_orders_have_no_scores(fitted: tuple[Any, TransactionSequences]):
    model, sequences = fitted

    assert model.score(sequences.select(slice(0, 0))).shape == (0,)


def test_scoring_leaves_its_input_alone(fitted: tuple[Any, TransactionSequences]):
    model, sequences = fitted
    before = {
        name: getattr(sequences, name).copy() for name in ("steps", "window", "labels", "place", "context")
    }
    model.score(sequences)

    for name, values in before.items():
        np.testing.assert_array_equal(getattr(sequences, name), values)


def test_missing_facts_still_give_a_score(fitted: tuple[Any, TransactionSequences]):
    model, sequences = fitted
    some = sequences.select(slice(0, 5)).compacted()
    steps = some.steps.copy()
    steps[:, 1:] = np.nan
    unknown = replace(some, steps=steps, context=np.full_like(some.context, np.nan))

    scores = model.score(unknown)
    assert np.isfinite(scores).all()


def test_the_neutral_step_has_a_value_for_each_feature(fitted: tuple[Any, TransactionSequences]):
    model, sequences = fitted
    typical = model.typical_step

    assert typical.shape == (len(STEP_FEATURES) + len(CONTEXT_FEATURES),)
    assert np.isfinite(typical).all()
    effects = explain(model.score, sequences.select(slice(0, 2)), typical=typical)
    np.testing.assert_allclose(
        effects.probability, model.score(sequences.select(slice(0, 2))), rtol=1e-4, atol=1e-6
    )


def test_a_loaded_model_explains_like_the_saved_one(fitted: tuple[Any, TransactionSequences], tmp_path: Path):
    model, sequences = fitted
    model.save(tmp_path / "m")
    loaded = type(model).load(tmp_path / "m")

    np.testing.assert_array_equal(loaded.typical_step, model.typical_step)
    np.testing.assert_array_equal(loaded.score(sequences), model.score(sequences))


def test_a_model_of_other_features_is_refused(
    fitted: tuple[Any, TransactionSequences], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    model, _sequences = fitted
    model.save(tmp_path / "m")
    monkeypatch.setattr("fraud.ml.orders.training_data.ALL_FEATURES", ("one", "two"))

    with pytest.raises(ArtefactError, match="other features"):
        type(model).load(tmp_path / "m")


@pytest.mark.parametrize("case", OF_LABELS, ids=lambda case: case.name)
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_orders_of_one_kind_train_no_model(case: Case, label: float):
    data: LabelledSequences = case.toy().data
    alike = replace(data, is_fraud=np.full_like(data.is_fraud, label))

    with pytest.raises(ModelFitError, match="all genuine or all fraud"):
        case.build().fit(alike, rng=np.random.default_rng(1))


@pytest.mark.parametrize("case", OF_LABELS, ids=lambda case: case.name)
def test_no_orders_train_no_model(case: Case):
    data: LabelledSequences = case.toy().data

    with pytest.raises(ModelFitError, match="no labelled orders"):
        case.build().fit(data.select(np.zeros(0, np.int64)), rng=np.random.default_rng(1))
