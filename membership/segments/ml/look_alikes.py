"""Members who are like those of a segment: a logistic regression, judged on members it has not seen.

Members outside the segment are taken as examples of others although some are like it (Elkan & Noto, "Learning
classifiers from only positive and unlabeled data", KDD 2008: the order of the scores is right all the same).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.estimator import ModelFitError

LEAST_MEMBERS = 20
MOST_OTHERS = 20_000
PENALTY = 0.1  # of scikit-learn's C: columns are many where vectors are used
TEST_SHARE, VALIDATION_SHARE = 0.3, 0.2


@dataclass(frozen=True)
class LookAlikes:
    """``scores`` float64 (n,), higher = more alike; ``auc`` on held-out members by the kind of columns.

    ``chosen`` names the columns that the scores are made of. It was chosen on other members than those that
    ``auc`` was measured on.
    """

    scores: NDArray[np.float64]
    auc: Mapping[str, float]
    chosen: str


def find_look_alikes(
    columns: Mapping[str, NDArray[np.float64]], inside: NDArray[np.bool_], *, rng: np.random.Generator
) -> LookAlikes:
    """Score all n members by likeness to those ``inside``, bool (n,).

    ``columns`` holds one or more kinds of figures, each float64 (n, d), finite. Each kind is tried, and all
    together: a fifth of the members chooses between them, and another three tenths are held out to tell how
    good each is, as the area under the ROC curve.
    Raises ModelFitError with fewer than 20 members inside or outside, and on figures that are not finite.
    """
    if inside.sum() < LEAST_MEMBERS or (~inside).sum() < LEAST_MEMBERS:
        raise ModelFitError(f"it takes {LEAST_MEMBERS} members inside the segment, and as many others")
    kinds = {name: _scaled(values) for name, values in columns.items()}
    if len(kinds) > 1:
        kinds["together"] = np.hstack(list(kinds.values()))
    rows = _learnt_from(inside, rng)
    train, validation, test = _split(rows, inside, rng)
    models = {name: _fitted(values[train], inside[train]) for name, values in kinds.items()}

    def auc_on(held_out: NDArray[np.int64]) -> dict[str, float]:
        return {
            name: _auc(inside[held_out], model.decision_function(kinds[name][held_out]))
            for name, model in models.items()
        }

    judged = auc_on(validation)
    chosen = max(judged, key=lambda name: judged[name])
    final = _fitted(kinds[chosen][rows], inside[rows])
    return LookAlikes(final.decision_function(kinds[chosen]), auc_on(test), chosen)


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not np.isfinite(values).all():
        raise ModelFitError("figures must be finite numbers")
    spread = np.maximum(values.std(axis=0), 1e-9)
    scaled: NDArray[np.float64] = np.clip((values - values.mean(axis=0)) / spread, -5.0, 5.0)
    return scaled


def _learnt_from(inside: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows of all members inside and of at most ``MOST_OTHERS`` others, shuffled."""
    others = rng.permutation(np.flatnonzero(~inside))[:MOST_OTHERS]
    members = rng.permutation(np.flatnonzero(inside))[:MOST_OTHERS]
    return rng.permutation(np.concatenate([members, others]))


def _split(
    rows: NDArray[np.int64], inside: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Rows to train on, to choose by, and to test on; members inside and others are in each."""
    parts: list[list[NDArray[np.int64]]] = [[], [], []]
    for group in (rows[inside[rows]], rows[~inside[rows]]):
        mixed = rng.permutation(group)
        test = max(2, round(len(mixed) * TEST_SHARE))
        validation = test + max(2, round(len(mixed) * VALIDATION_SHARE))
        for part, some in zip(parts, (mixed[validation:], mixed[test:validation], mixed[:test]), strict=True):
            part.append(some)
    train, chosen_by, held_out = (np.concatenate(part) for part in parts)
    return train, chosen_by, held_out


def _auc(inside: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(inside, scores))


def _fitted(values: NDArray[np.float64], inside: NDArray[np.bool_]) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=500).fit(values, inside)
