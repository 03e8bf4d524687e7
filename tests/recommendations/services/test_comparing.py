"""Retrains fit nothing twice, and choose settings on weeks that judge nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from learning.estimator import silent
from learning.interactions import SECONDS_PER_DAY, Interactions
from recommendations.features import Signals
from recommendations.ml.judging.trials import time_split_trials
from recommendations.ml.popularity import Popularity
from recommendations.services.comparing import Contest
from recommendations.services.training import train_candidate
from registry.models import ModelVersion
from registry.services.versions import register_candidate, store_artefact
from tests.factories import NOON, EventFactory
from tests.recommendations.conftest import Shop

Fits = list[Interactions]


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> Fits:
    """What popularity was fitted on, in turn."""
    made: Fits = []
    fit = Popularity.fit

    def counted(self: Popularity, interactions: Interactions, /, **options: Any) -> Popularity:
        made.append(interactions)
        return fit(self, interactions, **options)

    monkeypatch.setattr(Popularity, "fit", counted)
    return made


@pytest.fixture
def only_popularity(settings: Settings) -> Settings:
    settings.RECOMMENDATIONS = {**settings.RECOMMENDATIONS, "MODELS": ["popularity"]}
    return settings


def look(shop: Shop) -> None:
    """Before the held-out weeks every even member looks at something."""
    for member in shop.members[::2]:
        EventFactory(member=member, product=shop.products[7], occurred_at=NOON - timedelta(days=40))


def promoted() -> None:
    candidate = train_candidate(silent)
    register_candidate(
        family="recommendations",
        candidate=candidate,
        artefact=store_artefact(family="recommendations", candidate=candidate),
    )


def test_without_events_two_fits_are_enough(shop: Shop, only_popularity: Settings, fits: Fits):
    promoted()
    promoted()

    assert len(fits) == 4  # each time to be judged, and on everything; the live recipe is the same


def test_a_live_version_of_orders_alone_is_not_fitted_again(
    shop: Shop, only_popularity: Settings, fits: Fits
):
    only_popularity.RECOMMENDATIONS = {**only_popularity.RECOMMENDATIONS, "EVENT_HALF_LIFE_DAYS": 1e9}
    look(shop)
    promoted()
    live = ModelVersion.objects.get()
    live.parameters["signals"] = Signals.from_settings().orders_only().as_parameters()
    live.save()
    fits.clear()
    promoted()

    assert len(fits) == 3  # with events, without, on everything


def test_events_that_a_model_passes_over_do_not_count():
    rng = np.random.default_rng(1)
    days = rng.integers(0, 100, 400)
    shop = Interactions.from_ids(rng.integers(0, 20, 400), rng.integers(0, 30, 400), days * SECONDS_PER_DAY)
    trials = list(time_split_trials(shop, cut=70 * SECONDS_PER_DAY, horizon_days=28, surface="for-you"))
    train = trials[0].train
    looks = replace(train.where(np.arange(len(train)) < 5), values=np.full(5, 0.3, dtype=np.float32))
    columns = ("member_rows", "product_rows", "timestamps", "values")
    joined: Any = {name: np.concatenate([getattr(train, name), getattr(looks, name)]) for name in columns}
    contest = Contest(trials, replace(train, **joined))
    trees: Any = SimpleNamespace(least_value_=0.5)
    blend: Any = SimpleNamespace(ranker_=trees)
    factors: Any = SimpleNamespace(ranker_=None)

    assert not contest.events_count(trees)
    assert not contest.events_count(blend)
    assert contest.events_count(factors)
    assert not Contest(trials, train).events_count(factors)


def test_settings_are_chosen_and_kept_with_the_version(shop: Shop, only_popularity: Settings):
    only_popularity.RECOMMENDATIONS = {**only_popularity.RECOMMENDATIONS, "TUNING_TRIES": 4}
    candidate = train_candidate(silent)
    tuned = candidate.parameters["tuned"]

    assert tuned["attempts"] > 1
    assert (Path(only_popularity.VAR_DIR) / "tuning" / "recommendations.sqlite3").exists()
    assert tuned["score"] >= tuned["default_score"]
    assert candidate.metrics["tuned"]["popularity"]["score"] == tuned["score"]
    assert candidate.parameters["config"] == {"half_life_days": tuned["changes"].get("half_life_days", 28.0)}
