"""A model's settings, chosen on the trial that lies before the one it is judged by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from learning.coordinate_search import Space
from learning.estimator import ModelFitError
from learning.json_types import JsonMapping
from learning.measuring import Cost
from learning.tuning import StudyFile, Tuned, changed, tune
from recommendations.ml.judging.evaluation import judge
from recommendations.ml.judging.search_spaces import space_of
from recommendations.ml.judging.trials import Trial
from recommendations.ml.model_list import recommender
from recommendations.ml.recommender import Recommender

MEMBERS_SAMPLED = 2_000
"""Enough to choose settings by; scoring is most of the work where fitting is quick."""
FEWEST_MEMBERS = 50
"""Where a part of the data has fewer members, all of it is used."""


def tuned_on(
    trials: Sequence[Trial],
    *,
    model: str,
    tries: int,
    seed: int,
    seconds: float | None = None,
    grid: bool = False,
    studies: Path | None = None,
) -> Tuned | None:
    """The settings of ``model`` with the best mean NDCG@10 over ``trials``: one training part, asked on one
    or more surfaces. None for a model without a search space, or without anything to ask.

    With ``grid`` all settings are tried. A search kept in the file ``studies`` is resumed after a kill.
    Settings that cannot be fitted lose. Raises ModelFitError where the defaults cannot.
    """
    config = recommender(model).config
    space = space_of(model, config)
    if (tries < 2 and not grid) or not space or not trials:
        return None
    rng = np.random.default_rng(seed)
    trials = [trial.sample(MEMBERS_SAMPLED, rng=rng) for trial in trials]

    def measure(changes: JsonMapping, effort: float) -> float:
        parts = [thinned(trial, share=effort, seed=seed) for trial in trials]
        try:
            return _mean_ndcg(configured(model, changes), parts, seed=seed)
        except (ModelFitError, ArithmeticError):
            if not changes:
                raise
            return float("nan")

    file = None if studies is None else StudyFile(studies, model, _key(trials, space, config, seed=seed))
    return tune(space, measure, tries=tries, seed=seed, seconds=seconds, grid=grid, file=file)


def configured(model: str, changes: JsonMapping) -> Recommender:
    """The unfitted model with ``changes`` to its defaults. Raises ValueError on settings it does not have."""
    return recommender(model, changed(recommender(model).config, changes))


def _key(trials: Sequence[Trial], space: Space, config: object, *, seed: int) -> str:
    """What figures depend on: the data, the trials and the search space."""
    digest = hashlib.sha256(repr((dict(space), config, seed)).encode())
    for trial in trials:
        train = trial.train
        digest.update(trial.surface.encode())
        for values in (
            train.member_rows, train.product_rows, train.timestamps, train.values, trial.member_rows,
            *trial.relevant,
        ):  # fmt: skip
            digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()[:16]


def thinned(trial: Trial, *, share: float, seed: int) -> Trial:
    """The trial over about ``share`` of its members: what they did is learned from, they are asked.

    A larger share holds all members of a smaller one. The whole trial where too few would be asked.
    """
    if share >= 1:
        return trial
    history = trial.history
    kept = np.random.default_rng(seed).random(history.n_members) < share
    sampled = kept[trial.member_rows]
    learned = kept[history.members.rows_of(trial.train.members.ids)[trial.train.member_rows]]
    if sampled.sum() < FEWEST_MEMBERS or not learned.any():
        return trial
    train = trial.train.where(learned)
    return replace(
        trial,
        train=train,
        history=train if history is trial.train else history.where(kept[history.member_rows]),
        member_rows=trial.member_rows[sampled],
        relevant=[wanted for wanted, keep in zip(trial.relevant, sampled, strict=True) if keep],
        n_relevant=trial.n_relevant[sampled],
    )


def _mean_ndcg(model: Recommender, trials: Sequence[Trial], *, seed: int) -> float:
    first = trials[0]
    fitted = model.fit(first.train, rng=np.random.default_rng(seed))
    if first.history is not first.train:
        fitted = fitted.with_history(first.history)
    figures = [judge(fitted, trial, seed=seed, cost=Cost()).figures["ndcg@10"] for trial in trials]
    return float(np.mean(figures))
