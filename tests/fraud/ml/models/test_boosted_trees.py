from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fraud.ml.models.boosted_trees import TREES_FILE, BoostedTrees, TreesConfig, _means
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
