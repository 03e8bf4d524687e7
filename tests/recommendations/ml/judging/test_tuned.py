from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.ml.judging.search_spaces import SPACES, space_of
from recommendations.ml.judging.trials import Trial, time_split_trials
from recommendations.ml.judging.tuned import configured, thinned, tuned_on
from recommendations.ml.model_list import recommender


def trial() -> Trial:
    """Three hundred members who buy what is new: the faster popularity fades, the better."""
    rng = np.random.default_rng(4)
    days = rng.integers(0, 120, 6_000)
    products = days // 3 + rng.integers(0, 6, len(days))
    shop = Interactions.from_ids(rng.integers(0, 300, len(days)), products, days * SECONDS_PER_DAY)
    cut = 92 * SECONDS_PER_DAY
    return next(time_split_trials(shop, cut=cut, horizon_days=28, surface="for-you"))


def test_settings_are_chosen_on_the_window_before():
    tuning = trial().tuning
    assert tuning is not None
    tuned = tuned_on([tuning], model="popularity", tries=5, seed=1)

    assert tuned is not None
    assert tuned.changes == {"half_life_days": 7.0}
    assert tuned.score > tuned.default_score


def test_a_search_kept_in_a_file_is_not_made_again_on_the_same_data(tmp_path: Path):
    tuning = trial().tuning
    assert tuning is not None
    studies = tmp_path / "studies.sqlite3"
    first = tuned_on([tuning], model="popularity", tries=0, seed=1, grid=True, studies=studies)
    again = tuned_on([tuning], model="popularity", tries=0, seed=1, grid=True, studies=studies)

    assert first is not None
    assert len({repr(attempt.changes) for attempt in first.attempts}) == 1 + 4
    assert first == again


def test_a_model_without_a_space_is_not_tuned():
    assert tuned_on([trial()], model="gan", tries=5, seed=1) is None
    assert tuned_on([trial()], model="als", tries=1, seed=1) is None


@pytest.mark.parametrize("name", SPACES)
def test_every_space_holds_settings_that_the_model_has(name: str):
    config = recommender(name).config
    space = space_of(name, config)

    assert all(attrgetter(field)(config) in values for field, values in space.items())
    assert all(configured(name, {field: value}) for field, values in space.items() for value in values)


def test_a_part_of_a_trial_learns_from_and_asks_the_same_members():
    whole = trial()
    small, larger = thinned(whole, share=1 / 3, seed=1), thinned(whole, share=2 / 3, seed=1)

    assert 0 < len(small.member_rows) < len(larger.member_rows) < len(whole.member_rows)
    assert set(small.member_rows) <= set(larger.member_rows)
    assert set(small.member_rows) <= set(small.train.member_rows) < set(whole.train.member_rows)
    assert thinned(whole, share=1e-6, seed=1) is whole
