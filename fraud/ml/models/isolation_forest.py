"""Which orders are unlike the others, learnt without any label: an isolation forest.

Liu, Ting & Zhou 2008, "Isolation forest": trees that split a few orders at random facts and values isolate an
unusual order after few splits. scikit-learn grows the trees; here they are arrays, read with NumPy alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from fraud.ml.orders.returns import RETURN_FEATURES
from fraud.ml.orders.sequences import TransactionSequences
from fraud.ml.orders.training_data import ALL_FEATURES, StepScaler, check_features, without_labels
from learning.estimator import (
    Array,
    ArtefactError,
    ModelFitError,
    Progress,
    read_artefact,
    silent,
    write_artefact,
)
from learning.step_texts import FITTED, StepText, gettext_noop

if TYPE_CHECKING:
    from sklearn.ensemble import IsolationForest as GrownForest

LEAST_ORDERS: Final = 100
"""Below this, a rank says little: one order is a whole percent."""
MOST_ORDERS: Final = 100_000
"""The newest ones are enough: a rank among more says nothing else."""
TOO_FEW_ORDERS: Final = gettext_noop(
    "only %(n)d orders: unusual ones are told from the others from %(least)d orders on"
)
SCORING_BATCH: Final = 2_000
TREE_ARRAYS: Final = ("feature", "threshold", "left", "right", "length", "roots")
DIGITS: Final = 9
"""Scores are compared after rounding, so that one order and many come to the same rank."""


@dataclass(frozen=True)
class ForestConfig:
    """``orders_a_tree`` is the paper's subsample: larger ones hide unusual orders among their like."""

    trees: int = 200
    orders_a_tree: int = 256


@dataclass(frozen=True)
class Trees:
    """All trees as columns over their nodes. A leaf is its own child, so that every order can go on.

    ``feature``, ``left`` and ``right`` (n_nodes,) int32, ``threshold`` and ``length`` (n_nodes,) float64:
    ``length`` of a leaf is the length of its path, 0 elsewhere. ``roots`` (n_trees,) int32.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    length: NDArray[np.float64]
    roots: NDArray[np.int32]
    depth: int

    @classmethod
    def of(cls, grown: GrownForest) -> Self:
        """The trees of scikit-learn's forest."""
        parts: list[tuple[Array, ...]] = []
        roots, first = [], 0
        for estimator in grown.estimators_:
            tree = estimator.tree_
            nodes = np.arange(tree.node_count)
            is_leaf = tree.children_left < 0
            depth = _depths(tree.children_left, tree.children_right)
            parts.append((
                np.where(is_leaf, 0, tree.feature),
                np.where(is_leaf, np.inf, tree.threshold),
                first + np.where(is_leaf, nodes, tree.children_left),
                first + np.where(is_leaf, nodes, tree.children_right),
                np.where(is_leaf, depth + usual_length(tree.n_node_samples), 0.0),
            ))  # fmt: skip
            roots.append(first)
            first += tree.node_count
        feature, threshold, left, right, length = (np.concatenate(one) for one in zip(*parts, strict=True))
        deepest = max(estimator.tree_.max_depth for estimator in grown.estimators_)
        return cls(
            feature.astype(np.int32), threshold, left.astype(np.int32), right.astype(np.int32), length,
            np.array(roots, np.int32), int(deepest),
        )  # fmt: skip

    def mean_length(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n,) over all trees, for ``inputs`` (n, n_features) without NaN."""
        node = np.repeat(self.roots[None, :], len(inputs), axis=0)  # (n, n_trees)
        rows = np.arange(len(inputs))[:, None]
        for _ in range(self.depth):
            goes_left = inputs[rows, self.feature[node]] <= self.threshold[node]
            node = np.where(goes_left, self.left[node], self.right[node])
        return np.asarray(self.length[node].mean(axis=1))

    def arrays(self) -> dict[str, Array]:
        return {f"trees.{name}": getattr(self, name) for name in TREE_ARRAYS}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], *, depth: int) -> Self:
        """Raises KeyError."""
        feature, threshold, left, right, length, roots = (arrays[f"trees.{name}"] for name in TREE_ARRAYS)
        return cls(feature, threshold, left, right, length, roots, depth)


class IsolationForest:
    """``score`` is a rank, no probability: the share of the orders it was fitted on that are less unusual.

    Between 0 and 1, higher is more unusual. ``fit`` takes orders without labels.
    """

    name: ClassVar[str] = "isolation_forest"

    def __init__(self, config: ForestConfig | None = None) -> None:
        self.config = config or ForestConfig()

    def fit(
        self, sequences: TransactionSequences, /, *, rng: np.random.Generator, progress: Progress = silent
    ) -> Self:
        """Raises ModelFitError where orders are too few, or one has no amount."""
        from sklearn.ensemble import IsolationForest as GrownForest  # 40 MB that scoring does without

        inputs = _inputs(sequences)
        _check(inputs)
        self.scaler_ = StepScaler.fit(inputs)
        scaled = self.scaler_.transform(inputs)
        self.orders_a_tree_ = min(self.config.orders_a_tree, len(scaled))
        grown = GrownForest(
            n_estimators=self.config.trees, max_samples=self.orders_a_tree_,
            random_state=int(rng.integers(2**31)), n_jobs=1,
        ).fit(scaled)  # fmt: skip
        self.trees_ = Trees.of(grown)
        self.known_ = np.sort(self.anomaly(sequences))
        progress(1.0, FITTED)
        return self

    def score(self, sequences: TransactionSequences, /) -> NDArray[np.float32]:
        """(n,), between 0 and 1, both left out: an order unlike all before is no certain fraud."""
        less = np.searchsorted(self.known_, self.anomaly(sequences), side="left")
        return ((less + 0.5) / (len(self.known_) + 1)).astype(np.float32)

    def anomaly(self, sequences: TransactionSequences) -> NDArray[np.float64]:
        """(n,), the paper's score, 2 to the power of −(mean path / usual path): .5 is usual."""
        usual = usual_length(np.array([self.orders_a_tree_]))[0]
        lengths = [np.zeros(0)]
        for batch in sequences.batches(SCORING_BATCH):
            lengths.append(self.trees_.mean_length(self.scaler_.transform(_inputs(batch))))
        anomaly: NDArray[np.float64] = np.exp2(-np.concatenate(lengths) / usual)
        return np.round(anomaly, DIGITS)

    @property
    def typical_step(self) -> NDArray[np.float32]:
        """(n_step_features + n_context,): means of the orders, the explanations' neutral values."""
        return without_labels(self.scaler_.mean[:-_RETURNS])

    def save(self, path: Path) -> None:
        parameters = {
            "config": asdict(self.config),
            "features": list(ALL_FEATURES),
            "orders_a_tree": self.orders_a_tree_,
            "depth": self.trees_.depth,
        }
        arrays = {"known": self.known_, **self.trees_.arrays(), **self.scaler_.arrays()}
        write_artefact(path, name=self.name, parameters=parameters, arrays=arrays)

    @classmethod
    def load(cls, path: Path) -> Self:
        parameters, arrays = read_artefact(path, name=cls.name)
        check_features(parameters)
        try:
            model = cls(ForestConfig(**parameters["config"]))
            model.orders_a_tree_ = int(parameters["orders_a_tree"])
            model.scaler_ = StepScaler.from_arrays(arrays)
            model.trees_ = Trees.from_arrays(arrays, depth=int(parameters["depth"]))
            model.known_ = arrays["known"]
        except (KeyError, TypeError) as error:
            raise ArtefactError(f"{path.name} is not a whole {cls.name} model: {error}") from error
        return model


_RETURNS: Final = len(RETURN_FEATURES)


def _inputs(sequences: TransactionSequences) -> NDArray[np.float32]:
    """(n, n_features), NaN for missing: what the supervised models read of the order itself."""
    return np.concatenate([sequences.current(), sequences.returns], axis=1)


def _check(inputs: NDArray[np.float32]) -> None:
    if len(inputs) < LEAST_ORDERS:
        raise ModelFitError(StepText(TOO_FEW_ORDERS, n=len(inputs), least=LEAST_ORDERS))
    if np.isinf(inputs).any():
        raise ModelFitError("a feature is infinite: amounts and times must be finite")
    if np.isnan(inputs[:, 0]).any():
        raise ModelFitError("an order has no amount: every order needs one")


def usual_length(n: NDArray[np.integer]) -> NDArray[np.float64]:
    """(n,) the mean path of an unsuccessful search among ``n`` orders, c(n) in the paper."""
    several = np.maximum(n, 3).astype(np.float64)
    mean = 2 * (np.log(several - 1) + np.euler_gamma) - 2 * (several - 1) / several
    return np.asarray(np.where(n <= 1, 0.0, np.where(n == 2, 1.0, mean)))


def _depths(left: NDArray[np.integer], right: NDArray[np.integer]) -> NDArray[np.int64]:
    """(n_nodes,) from the root, 0. Children come after their parents."""
    depth = np.zeros(len(left), np.int64)
    for node in range(len(left)):
        if left[node] >= 0:
            depth[left[node]] = depth[right[node]] = depth[node] + 1
    return depth
