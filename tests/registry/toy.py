"""A family whose model is one number, to test the registry without training anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from learning.estimator import Progress, read_artefact, silent, write_artefact
from registry import families
from registry.families import Candidate, Family
from registry.models import TrainingRun


class Constant:
    """Scores every row with the mean of what it was fitted on."""

    name: ClassVar[str] = "constant"

    def fit(
        self, data: NDArray[np.float32], *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        self.mean_ = float(data.mean())
        return self

    def score(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.full(len(inputs), self.mean_, dtype=np.float32)

    def save(self, path: Path) -> None:
        write_artefact(path, name=self.name, parameters={}, arrays={"mean": np.array([self.mean_])})

    @classmethod
    def load(cls, path: Path) -> Self:
        _, arrays = read_artefact(path, name=cls.name)
        model = cls()
        model.mean_ = float(arrays["mean"][0])
        return model


def candidate(*, value: float = 1.0, score: float = 0.5, live_score: float | None = None) -> Candidate:
    model = Constant().fit(np.array([value], dtype=np.float32), rng=np.random.default_rng(0))
    return Candidate(
        estimator=model,
        score=score,
        live_score=live_score,
        parameters={},
        metrics={},
        data_from=None,
        data_until=None,
        data_fingerprint="",
    )


@contextmanager
def toy_family(**changes: Any) -> Iterator[list[TrainingRun]]:
    """Register the family ``toy``; yields the list of runs that were written back."""
    written: list[TrainingRun] = []

    def write_back(run: TrainingRun, progress: Progress) -> None:
        with run.holding():
            written.append(run)

    options: dict[str, Any] = {
        "name": "toy",
        "title": "Toy",
        "estimators": {"constant": "tests.registry.toy.Constant"},
        "train": lambda progress: candidate(),
        "write_back": write_back,
    }
    before = dict(families._families)
    families.register_family(Family(**{**options, **changes}))
    try:
        yield written
    finally:
        families._families.clear()
        families._families.update(before)
