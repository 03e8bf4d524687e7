"""How well a detector ranks rare bad rows, and how well its probabilities are calibrated. Pure functions.

Everywhere ``is_bad`` is (n,) of 0/1, ``score`` is (n,) and higher means more suspect, and ``day`` is (n,)
whole numbers, one for each day in the shop's zone. The order of rows with equal scores is deterministic:
ranking metrics treat them as one block; top-k metrics take the earlier row, or the member with the smaller
id.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def auc_roc(is_bad: ArrayLike, score: ArrayLike) -> float:
    """The chance that a bad row scores above a good one, ties counting half. NaN where a class is missing."""
    bad, values = _checked(is_bad, score)
    n_bad = int(bad.sum())
    n_good = bad.size - n_bad
    if n_bad == 0 or n_good == 0:
        return float("nan")
    _, block, size = np.unique(values, return_inverse=True, return_counts=True)
    mid_rank = np.cumsum(size) - (size - 1) / 2  # ranks count from 1; a block of ties shares its middle
    return float((mid_rank[block][bad].sum() - n_bad * (n_bad + 1) / 2) / (n_bad * n_good))


def average_precision(is_bad: ArrayLike, score: ArrayLike) -> float:
    """The sum over thresholds of precision times the recall gained there. NaN without a bad row."""
    bad, values = _checked(is_bad, score)
    if not bad.any():
        return float("nan")
    _, block, size = np.unique(-values, return_inverse=True, return_counts=True)
    hits = np.bincount(block, weights=bad, minlength=size.size)
    precision = np.cumsum(hits) / np.cumsum(size)
    return float((precision * hits).sum() / bad.sum())


def card_precision_at_k(
    is_bad: ArrayLike,
    score: ArrayLike,
    *,
    member: ArrayLike,
    day: ArrayLike,
    k: int = 100,
    drop_detected: bool = True,
) -> float:
    """The share of compromised members among each day's k most suspect ones, averaged over days.

    A member's score on a day is its highest order's. With ``drop_detected`` a compromised member that was
    among the k of an earlier day is blocked from then on, and is not counted again (Fraud Detection Handbook,
    chapter 4). The divisor is always k, so that even a perfect ranker stays below 1 on quiet days.
    """
    bad, values = _checked(is_bad, score)
    members, days = np.asarray(member), np.asarray(day)
    detected = np.zeros(0, dtype=members.dtype)
    precisions = []
    for today in np.unique(days):
        rows = np.flatnonzero(days == today)
        if drop_detected:
            rows = rows[~np.isin(members[rows], detected)]
        ids, group = np.unique(members[rows], return_inverse=True)
        highest = np.full(ids.size, -np.inf)
        np.maximum.at(highest, group, values[rows])
        compromised = np.zeros(ids.size, dtype=bool)
        np.logical_or.at(compromised, group, bad[rows])
        top = np.argsort(-highest, kind="stable")[:k]
        detected_now = ids[top][compromised[top]]
        detected = np.concatenate([detected, detected_now])
        precisions.append(detected_now.size / k)
    return float(np.mean(precisions)) if precisions else float("nan")


def at_capacity(is_bad: ArrayLike, score: ArrayLike, *, day: ArrayLike, per_day: int) -> tuple[float, float]:
    """(precision, recall) when staff look at each day's ``per_day`` most suspect rows and at nothing else."""
    bad, values = _checked(is_bad, score)
    days = np.asarray(day)
    order = np.lexsort((-values, days))
    _, first, group = np.unique(days[order], return_index=True, return_inverse=True)
    looked_at = order[np.arange(order.size) - first[group] < per_day]
    hits = int(bad[looked_at].sum())
    precision = hits / looked_at.size if looked_at.size else float("nan")
    recall = hits / int(bad.sum()) if bad.any() else float("nan")
    return precision, recall


def precision_recall_at(is_bad: ArrayLike, score: ArrayLike, *, threshold: float) -> tuple[float, float]:
    """(precision, recall) of the rows that score ``threshold`` or more."""
    bad, values = _checked(is_bad, score)
    flagged = values >= threshold
    hits = int(bad[flagged].sum())
    precision = hits / int(flagged.sum()) if flagged.any() else float("nan")
    recall = hits / int(bad.sum()) if bad.any() else float("nan")
    return precision, recall


def brier(is_bad: ArrayLike, probability: ArrayLike) -> float:
    """The mean squared distance between probability and truth: 0 is perfect, lower is better."""
    bad, values = _checked(is_bad, probability)
    return float(np.mean((values - bad) ** 2)) if bad.size else float("nan")


def _checked(is_bad: ArrayLike, score: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    bad = np.asarray(is_bad)
    values = np.asarray(score, dtype=np.float64)
    if bad.shape != values.shape or bad.ndim != 1:
        raise ValueError(
            f"labels and scores must be one row each of the same length: {bad.shape}, {values.shape}"
        )
    if not np.isin(bad, (0, 1)).all():
        raise ValueError("labels must be 0 or 1; leave rows without a label out")
    if not np.isfinite(values).all():
        raise ValueError("scores must be finite numbers")
    return bad.astype(bool), values
