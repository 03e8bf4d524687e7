"""Choosing a model's settings with Optuna, on whatever figure the caller measures.

A sampler (TPE: Bergstra et al., NeurIPS 2011) proposes settings from what has been measured; those that do
badly on a small part of the data are pruned before they see more (asynchronous successive halving: Li et
al., MLSys 2020). The defaults are always measured on all of the data, so that nothing worse is ever chosen.
A study in a file is resumed after a kill with what was measured before, with the same result.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from learning.coordinate_search import Space
from learning.json_types import JsonMapping, JsonObject

Measure = Callable[[JsonMapping, float], float]
"""``measure(changes, effort)``: a figure, higher = better, found on the share ``effort`` of the data."""
Config = TypeVar("Config")
KEPT = 3
"""About one setting in so many goes on to a part so many times as large."""
STEPS = (1, 3, 9)
"""Ninths of the data that settings are measured on, one after the other; a few settings on all at once."""
DEFAULTS = "defaults"

optuna.logging.set_verbosity(optuna.logging.WARNING)


@dataclass(frozen=True)
class Attempt:
    """One measurement; ``changes`` {} are the defaults."""

    changes: JsonMapping
    effort: float
    score: float


@dataclass(frozen=True)
class Tuned:
    """``changes`` to the defaults, their figure on all of the data, and that of the defaults."""

    changes: JsonMapping
    score: float
    default_score: float
    attempts: Sequence[Attempt]

    def as_parameters(self) -> JsonObject:
        """What is kept beside a trained version."""
        return {
            "changes": dict(self.changes),
            "score": self.score,
            "default_score": self.default_score,
            "attempts": len(self.attempts),
        }


@dataclass(frozen=True)
class StudyFile:
    """Where a search is kept: an SQLite file of its own, so that it never holds another database's lock.

    ``subject`` is what is tuned, ``key`` the data and all else that figures depend on. The search goes on
    where one with the same key was killed; a subject's search with another key is forgotten.
    """

    path: Path
    subject: str
    key: str

    @property
    def name(self) -> str:
        return f"{self.subject} {self.key}"

    def storage(self) -> optuna.storages.RDBStorage:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        storage = optuna.storages.RDBStorage(
            f"sqlite:///{self.path}", engine_kwargs={"connect_args": {"timeout": 30}}
        )
        for name in optuna.get_all_study_names(storage):
            if name.startswith(f"{self.subject} ") and name != self.name:
                optuna.delete_study(study_name=name, storage=storage)
        return storage


def tune(
    space: Space,
    measure: Measure,
    *,
    tries: int,
    seed: int,
    seconds: float | None = None,
    grid: bool = False,
    file: StudyFile | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Tuned:
    """The best of the defaults and ``tries`` - 1 settings of ``space``; with ``grid`` of all its settings.

    After ``seconds`` no further setting is begun. A figure that is not a number never wins.
    """
    for name, values in space.items():
        if len(values) == 0:
            raise ValueError(f"the search space has no values for {name}")
    deadline = np.inf if seconds is None else clock() + seconds
    study = _study(file)
    size = int(np.prod([len(values) for values in space.values()])) if space else 0
    tries = 1 + size if grid else min(tries, 1 + size)
    steps = STEPS if tries > 1 + KEPT else STEPS[-1:]
    for number in itertools.count(len(_counted(study))):
        tried = len(_first_of_each(_counted(study)))
        if number and (tried >= tries or number >= 20 * tries or clock() > deadline):
            break
        _try(study, _next_trial(study, space, number, seed=seed, grid=grid), measure, steps=steps)
    return _best(study)


def _study(file: StudyFile | None) -> optuna.Study:
    return optuna.create_study(
        storage=None if file is None else file.storage(),
        study_name=None if file is None else file.name,
        direction="maximize",
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=STEPS[0], reduction_factor=KEPT),
        load_if_exists=True,
    )


def _counted(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that came to an end."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))


def _next_trial(study: optuna.Study, space: Space, number: int, *, seed: int, grid: bool) -> Trial:
    """Trial ``number``: the defaults first, then what the sampler draws, or the next setting of the grid.

    The sampler is seeded for each trial, so that a resumed search draws what it would have drawn.
    """
    study.sampler = optuna.samplers.TPESampler(seed=seed + number)
    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    if running:  # its process was killed; Optuna has no public way to a trial by its number
        trial = Trial(study, running[0]._trial_id)
    else:
        if not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            _enqueue(study, space, number, grid=grid)
        trial = study.ask()
    if not trial.user_attrs.get(DEFAULTS):
        for name, values in space.items():
            trial.suggest_categorical(name, list(values))
    return trial


def _enqueue(study: optuna.Study, space: Space, number: int, *, grid: bool) -> None:
    """Have the defaults or the next setting of the grid asked next; else it is for the sampler to draw."""
    if number == 0:
        study.enqueue_trial({}, user_attrs={DEFAULTS: True})
    elif grid:
        chosen = next(itertools.islice(itertools.product(*space.values()), number - 1, None))
        study.enqueue_trial(dict(zip(space, chosen, strict=True)))


def _try(study: optuna.Study, trial: Trial, measure: Measure, *, steps: Sequence[int]) -> None:
    """Measure on growing parts of the data until the setting is pruned; the defaults on all of it at once."""
    if trial.user_attrs.get(DEFAULTS):
        score = float(measure({}, 1.0))
        trial.report(score, STEPS[-1])
        study.tell(trial, score if score == score else -np.inf)
        return
    known = next((one for one in _counted(study) if one.params == trial.params), None)
    if known is not None:  # drawn again: nothing is measured twice
        for step, score in known.intermediate_values.items():
            trial.report(score, step)
        study.tell(trial, known.value if known.state == TrialState.COMPLETE else None, state=known.state)
        return
    reported = study.trials[trial.number].intermediate_values  # before its process was killed
    for step in steps:
        score = reported[step] if step in reported else float(measure(trial.params, step / STEPS[-1]))
        if step not in reported:
            trial.report(score if score == score else -np.inf, step)
        if score != score or (step != STEPS[-1] and trial.should_prune()):
            study.tell(trial, state=TrialState.PRUNED)
            return
    study.tell(trial, score)


def _best(study: optuna.Study) -> Tuned:
    counted = _counted(study)
    attempts = [
        Attempt(trial.params, step / STEPS[-1], score)
        for trial in _first_of_each(counted)
        for step, score in sorted(trial.intermediate_values.items())
    ]
    complete = [trial for trial in counted if trial.state == TrialState.COMPLETE]
    (default,) = [trial for trial in complete if trial.user_attrs.get(DEFAULTS)]
    best = max(complete, key=lambda trial: (_value(trial), -trial.number))
    changes = best.params if _value(best) > _value(default) else {}
    return Tuned(changes, max(_value(best), _value(default)), _value(default), attempts)


def _first_of_each(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    return list({repr((trial.params, trial.user_attrs)): trial for trial in reversed(trials)}.values())[::-1]


def _value(trial: FrozenTrial) -> float:
    return -np.inf if trial.value is None else trial.value


def changed(config: Config, changes: JsonMapping) -> Config:
    """``config``, a frozen dataclass, with ``changes``. Raises ValueError on a field it does not have."""
    own: JsonObject = {}
    nested: dict[str, JsonObject] = {}
    known = {field.name for field in fields(config)} if is_dataclass(config) else set()
    for name, value in changes.items():
        first, _dot, rest = name.partition(".")
        if first not in known:
            raise ValueError(f"{type(config).__name__} has no setting {first!r}; it has {sorted(known)}")
        if rest:
            nested.setdefault(first, {})[rest] = value
        else:
            own[first] = value
    for first, inner in nested.items():
        own[first] = changed(getattr(config, first), inner)
    return replace(config, **own)  # type: ignore[type-var]  # checked above
