from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fraud.ml.models.boosted_trees import TREES_FILE, BoostedTrees, TreesConfig, _means
from fraud.ml.orders.returns import RETURN_FEATURES
from fraud.ml.orders.sequences import FEATURES
from learning.estimator import ArtefactError
from tests.fraud.toys import large_amounts, robbed_stores

SMALL = TreesConfig(trees=15, learning_rate=0.2)


@pytest.fixture(scope="module")
def fitted() -> BoostedTrees:
    return BoostedTrees(SMALL).fit(large_amounts(), rng=np.random.default_rng(1))


def test_the_informative_feature_is_used_most(fitted: BoostedTrees):
    gain = dict(zip(FEATURES, fitted.booster_.feature_importance("gain"), strict=True))
    separated_by_amount = {
        "log_amount",
        "log_amount_per_line",
        *(name for name in FEATURES if name.startswith("sum_")),
    }

    assert max(gain, key=gain.__getitem__) in separated_by_amount


def test_sampling_is_undone_in_the_logits(fitted: BoostedTrees):
    data = large_amounts()
    raw = fitted.booster_.predict(data.sequences.current(), raw_score=True)

    np.testing.assert_allclose(fitted.logits(data.sequences), raw + np.log(fitted.genuine_share_), rtol=1e-6)


def test_the_trees_are_a_text_file_of_their_own(fitted: BoostedTrees, tmp_path: Path):
    fitted.save(tmp_path / "m")

    assert (tmp_path / "m" / TREES_FILE).read_text().startswith("tree")
    assert not list((tmp_path / "m").glob("*.pkl"))


def test_without_refunds_the_trees_do_not_know_of_them(fitted: BoostedTrees):
    assert not fitted.reads_returns_
    assert fitted.booster_.num_feature() == len(FEATURES)


def test_with_refunds_they_are_read_and_come_back_with_the_model(tmp_path: Path):
    data = large_amounts()
    returns = np.zeros((len(data), len(RETURN_FEATURES)), np.float32)
    returns[:, 0] = data.is_fraud * 3  # whoever defrauds had much sent back before
    sequences = replace(data.sequences, returns=returns)
    model = BoostedTrees(SMALL).fit(replace(data, sequences=sequences), rng=np.random.default_rng(1))
    model.save(tmp_path / "m")
    loaded = BoostedTrees.load(tmp_path / "m")

    gain = dict(zip((*FEATURES, *RETURN_FEATURES), model.booster_.feature_importance("gain"), strict=True))
    assert max(gain, key=gain.__getitem__) == "log_returned"
    np.testing.assert_array_equal(loaded.score(sequences), model.score(sequences))


def test_a_version_from_before_refunds_were_known_goes_on(fitted: BoostedTrees, tmp_path: Path):
    fitted.save(tmp_path / "m")
    document = json.loads((tmp_path / "m" / "model.json").read_text())
    del document["parameters"]["reads_returns"]
    (tmp_path / "m" / "model.json").write_text(json.dumps(document))
    data = large_amounts()
    returned = np.ones((len(data), len(RETURN_FEATURES)), np.float32)

    loaded = BoostedTrees.load(tmp_path / "m")

    np.testing.assert_array_equal(
        loaded.score(replace(data.sequences, returns=returned)), fitted.score(data.sequences)
    )


@pytest.mark.parametrize("content", ["", "no trees"])
def test_damaged_trees_are_refused(fitted: BoostedTrees, tmp_path: Path, content: str):
    fitted.save(tmp_path / "m")
    (tmp_path / "m" / TREES_FILE).write_text(content)

    with pytest.raises(ArtefactError, match="not a whole boosted_trees model"):
        BoostedTrees.load(tmp_path / "m")


def test_progress_counts_trees():
    reported: list[float] = []
    config = replace(SMALL, trees=4, patience=99)
    BoostedTrees(config).fit(
        large_amounts(), rng=np.random.default_rng(1), progress=lambda done, _message: reported.append(done)
    )

    assert reported == [0.25, 0.5, 0.75, 1.0]


def test_hardened_trees_still_separate_the_frauds():
    data = robbed_stores()
    model = BoostedTrees(replace(SMALL, hardened=True)).fit(data, rng=np.random.default_rng(1))
    scores = model.score(data.sequences)

    assert scores[data.is_fraud == 1].mean() > scores[data.is_fraud == 0].mean()


def test_means_are_of_what_is_known():
    current = np.array([[1.0, np.nan, np.nan], [3.0, 4.0, np.nan]], dtype=np.float32)

    assert _means(current).tolist() == [2, 4, 0]
