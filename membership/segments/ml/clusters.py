"""Groups of members with similar purchases: k-means over their figures, with a clear and stable k.

k is chosen among those whose groups are found again on other halves of the members (mean adjusted Rand index,
Hubert & Arabie 1985; stability as in Ben-Hur, Elisseeff & Guyon, "A stability based method for discovering
structure in clustered data", 2002), by the mean silhouette (Rousseeuw 1987). What sets a group apart is told
by Cohen's d of each figure, inside against outside.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from learning.estimator import ModelFitError, Progress, read_artefact, silent, write_artefact
from learning.json_types import JsonObject
from learning.step_texts import GROUPS, StepText, gettext_noop


@dataclass(frozen=True)
class FigureTable:
    """One row a member: ``values`` float64 (n, d), ``names`` of the d columns, ``member_ids`` int64 (n,)."""

    member_ids: NDArray[np.int64]
    values: NDArray[np.float64]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.member_ids)

    def rows(self, index: NDArray[Any]) -> FigureTable:
        return FigureTable(self.member_ids[index], self.values[index], self.names)


@dataclass(frozen=True)
class ClustersConfig:
    least: int = 3
    most: int = 8
    restarts: int = 4
    sample: int = 20_000
    """Members that k-means is fitted on; all are assigned afterwards."""
    judged: int = 2_000
    """Members that silhouettes and agreement are measured on: both need n² distances or more fits."""
    halves: int = 3
    stable_from: float = 0.8
    """An adjusted Rand index from which groups count as found again."""
    clip: float = 4.0
    """Values are clipped at this many standard deviations, so that outliers do not move the centres."""


@dataclass(frozen=True)
class Trait:
    """How one figure of a group differs: Cohen's d in the scaled figure, and medians in its own unit."""

    figure: str
    effect: float
    median: float
    others: float


class Clusters:
    """``score`` is minus the distance to each centre, float32 (n, k): higher = closer; argmax assigns."""

    name: ClassVar[str] = "kmeans"

    def __init__(self, config: ClustersConfig | None = None) -> None:
        self.config = config or ClustersConfig()

    def fit(self, data: FigureTable, /, *, rng: np.random.Generator, progress: Progress = silent) -> Self:
        """Raises ModelFitError on figures that are not finite, and on fewer than ten members a group."""
        if not np.isfinite(data.values).all() or (data.values < 0).any():
            raise ModelFitError("figures must be finite numbers from 0 up")
        if len(data) < 10 * self.config.least:
            message = gettext_noop("%(n)d members are too few for %(k)d groups")
            raise ModelFitError(StepText(message, n=len(data), k=self.config.least))
        self.names_ = data.names
        logged = np.log1p(data.values)
        self.mean_, self.scale_ = logged.mean(axis=0), np.maximum(logged.std(axis=0), 1e-9)
        points = self._scaled(data.values)
        sample = points[rng.permutation(len(points))[: self.config.sample]]
        judged = sample[: self.config.judged]
        self.trials_ = []
        fitted = {}
        ks = [k for k in range(self.config.least, self.config.most + 1) if len(data) >= 10 * k]
        for done, k in enumerate(ks):
            progress(done / len(ks), StepText(GROUPS, k=k))
            fitted[k] = self._centres(sample, k, rng)
            labels = _nearest(judged, fitted[k])
            self.trials_.append(
                {"k": k, "silhouette": silhouette(judged, labels),
                 "stability": self._stability(sample, judged, labels, k, rng)}
            )  # fmt: skip
        self.k_ = best_k(self.trials_, stable_from=self.config.stable_from)
        self.centres_ = fitted[self.k_]
        return self

    def score(self, inputs: FigureTable, /) -> NDArray[np.float32]:
        points = self._scaled(inputs.values)
        return -np.sqrt(_squared_distances(points, self.centres_)).astype(np.float32)

    def assign(self, inputs: FigureTable) -> NDArray[np.int64]:
        """The group of each member, int64 (n,), 0 to k - 1."""
        return _nearest(self._scaled(inputs.values), self.centres_)

    def silhouette(self, inputs: FigureTable, *, rng: np.random.Generator) -> float:
        """The mean silhouette of at most ``judged`` of these members, -1 to 1; higher = clearer groups."""
        some = inputs.rows(rng.permutation(len(inputs))[: self.config.judged])
        return silhouette(self._scaled(some.values), self.assign(some))

    def traits(self, inputs: FigureTable, labels: NDArray[np.int64]) -> list[list[Trait]]:
        """For each group all figures, those with the largest difference first."""
        points = self._scaled(inputs.values)
        return [self._traits_of(inputs, points, labels == group) for group in range(self.k_)]

    def _traits_of(
        self, inputs: FigureTable, points: NDArray[np.float64], inside: NDArray[np.bool_]
    ) -> list[Trait]:
        if not inside.any() or inside.all():
            return []
        fits = [
            Trait(
                name,
                cohens_d(points[inside, column], points[~inside, column]),
                float(np.median(inputs.values[inside, column])),
                float(np.median(inputs.values[~inside, column])),
            )
            for column, name in enumerate(self.names_)
        ]
        return sorted(fits, key=lambda trait: -abs(trait.effect))

    def _scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logarithms in standard deviations: figures of shops are skewed."""
        scaled = (np.log1p(values) - self.mean_) / self.scale_
        clipped: NDArray[np.float64] = np.clip(scaled, -self.config.clip, self.config.clip)
        return clipped

    def _centres(self, points: NDArray[np.float64], k: int, rng: np.random.Generator) -> NDArray[np.float64]:
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits

        means = KMeans(k, n_init=self.config.restarts, random_state=int(rng.integers(2**31)))
        with threadpool_limits(limits=1):  # on so few points threads wait for each other more than they work
            centres: NDArray[np.float64] = means.fit(points).cluster_centers_
        return centres

    def _stability(
        self,
        sample: NDArray[np.float64],
        judged: NDArray[np.float64],
        labels: NDArray[np.int64],
        k: int,
        rng: np.random.Generator,
    ) -> float:
        """How far fits on random halves divide the judged members in the same way: mean Rand index."""
        from sklearn.metrics import adjusted_rand_score

        agreements = []
        for _half in range(self.config.halves):
            half = sample[rng.permutation(len(sample))[: len(sample) // 2]]
            again = _nearest(judged, self._centres(half, k, rng))
            agreements.append(adjusted_rand_score(labels, again))
        return float(np.mean(agreements))

    def save(self, path: Path) -> None:
        parameters = {"config": asdict(self.config), "names": list(self.names_), "trials": self.trials_}
        arrays = {"centres": self.centres_, "mean": self.mean_, "scale": self.scale_}
        write_artefact(path, name=self.name, parameters=parameters, arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        parameters, arrays = read_artefact(path, name=cls.name)
        model = cls(ClustersConfig(**parameters["config"]))
        model.names_, model.trials_ = tuple(parameters["names"]), parameters["trials"]
        model.centres_, model.mean_, model.scale_ = arrays["centres"], arrays["mean"], arrays["scale"]
        model.k_ = len(model.centres_)
        return model


def best_k(trials: list[JsonObject], *, stable_from: float) -> int:
    """The k with the clearest groups of those that are found again; where none are, the most stable k."""
    stable = [trial for trial in trials if trial["stability"] >= stable_from]
    if stable:
        return int(max(stable, key=lambda trial: trial["silhouette"])["k"])
    return int(max(trials, key=lambda trial: trial["stability"])["k"])


def silhouette(points: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """The mean silhouette, -1 to 1; 0 where all are in one group."""
    from sklearn.metrics import silhouette_score

    groups = len(np.unique(labels))
    return float(silhouette_score(points, labels)) if 1 < groups < len(points) else 0.0


def cohens_d(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """The difference of two means in pooled standard deviations (Cohen 1988); 0.8 is called large."""
    n, m = len(inside), len(outside)
    pooled = ((n - 1) * inside.var(ddof=1) if n > 1 else 0.0) + (
        (m - 1) * outside.var(ddof=1) if m > 1 else 0.0
    )
    spread = np.sqrt(pooled / max(n + m - 2, 1))
    difference = float(inside.mean() - outside.mean())
    return difference / float(spread) if spread > 1e-9 else float(np.sign(difference)) * 10.0


def _nearest(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.int64]:
    nearest: NDArray[np.int64] = _squared_distances(points, centres).argmin(axis=1)
    return nearest


def _squared_distances(points: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, d) and (k, d) → (n, k)."""
    cross = points @ centres.T
    squared = (points**2).sum(axis=1)[:, None] - 2 * cross + (centres**2).sum(axis=1)[None, :]
    distances: NDArray[np.float64] = np.maximum(squared, 0.0)
    return distances


def matched(overlap: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Pairs (old group, new group) that share the most members in all; ``overlap`` is int64 (old, new)."""
    from scipy.optimize import linear_sum_assignment

    old, new = linear_sum_assignment(-overlap)
    return [(int(one), int(other)) for one, other in zip(old, new, strict=True) if overlap[one, other] > 0]
