"""What a history says about a member whatever the model: basket, likeliest categories, reasons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members.purchase_history import N_CATEGORIES, N_REASONS, PurchaseHistory

PRIOR_ORDERS = 3.0
"""Shrinkage: the shop's mean counts like this many orders of the member."""
CATEGORY_HALF_LIFE = 10.0
"""Orders back at which a category counts half in what the next order holds."""


def last_days(history: PurchaseHistory) -> NDArray[np.int64]:
    """The day of each member's newest order, (n,); as_of_day for those without one."""
    last = np.full(history.n_members, history.as_of_day, dtype=np.int64)
    last[history.member_rows] = history.days  # days rise within a member, so the newest is written last
    return last


def first_days(history: PurchaseHistory) -> NDArray[np.int64]:
    """The day of each member's oldest order, (n,); as_of_day for those without one."""
    first = np.full(history.n_members, history.as_of_day, dtype=np.int64)
    first[history.member_rows[::-1]] = history.days[::-1]
    return first


def shrunken_means(
    history: PurchaseHistory, values: NDArray[np.float64], *, prior: float | None = None
) -> NDArray[np.float64]:
    """Each member's mean of ``values`` (one an order), pulled towards ``prior`` or the mean of all, (n,)."""
    total = np.bincount(history.member_rows, weights=values, minlength=history.n_members)
    centre = prior if prior is not None else (float(values.mean()) if len(values) else 0.0)
    return (total + PRIOR_ORDERS * centre) / (history.counts() + PRIOR_ORDERS)


def likely_categories(history: PurchaseHistory) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The three categories that the next order most likely holds, (n, 3), and how likely, (n, 3) in 0..1.

    The chance is the faded share of the member's orders that held it. -1 and 0 where there is none.
    """
    n = history.n_members
    rows = np.full((n, N_CATEGORIES), -1, dtype=np.int64)
    shares = np.zeros((n, N_CATEGORIES), dtype=np.float32)
    if not len(history.category_orders):
        return rows, shares
    counts = history.counts()
    place = np.arange(history.n_orders) - (np.cumsum(counts) - counts)[history.member_rows]
    weight = 0.5 ** ((counts[history.member_rows] - 1 - place) / CATEGORY_HALF_LIFE)
    total = np.bincount(history.member_rows, weights=weight, minlength=n)
    member = history.member_rows[history.category_orders]
    pair, where = np.unique(member * len(history.categories) + history.category_codes, return_inverse=True)
    share = np.bincount(where, weights=weight[history.category_orders])
    owner, code = pair // len(history.categories), pair % len(history.categories)
    order = np.lexsort((code, -share, owner))
    owner, code, share = owner[order], code[order], share[order]
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
    top = rank < N_CATEGORIES
    rows[owner[top], rank[top]] = code[top]
    shares[owner[top], rank[top]] = share[top] / total[owner[top]]
    return rows, shares


def reasons(history: PurchaseHistory) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """The three strongest reasons for the churn risk, (n, 3) places in REASONS, and their figures, (n, 3).

    Strength is how far a figure lies from what is usual among members, in standard deviations of its ranks
    or on a scale where 1 is notable; a reason that does not apply has none.
    """
    n, counts = history.n_members, history.counts()
    silent = (history.as_of_day - last_days(history)).astype(np.float64)
    gap, spread = _gaps(history, counts)
    recent = history.orders_between(history.as_of_day - 90, history.as_of_day)
    before = history.orders_between(history.as_of_day - 180, history.as_of_day - 90)
    trend = (recent + 1.0) / (before + 1.0)
    basket = _basket_trend(history, counts)
    many, single, bought = counts >= 3, counts == 1, counts > 0
    ratio = np.where(many, silent / np.maximum(gap, 1.0), 0.0)
    strength = np.stack(  # columns as in REASONS
        [
            np.where(many, np.abs(np.log2(np.maximum(ratio, 0.1))), -1.0),
            np.where(bought & ~single, silent / 120.0, -1.0),
            np.where(bought & ~single, 0.3 + recent / 20.0, -1.0),
            np.where(many & (recent + before > 0), np.abs(np.log2(trend)), -1.0),
            np.where(single, 1.0 + silent / 60.0, -1.0),
            np.where(bought, 0.2, -1.0),
            np.where(counts >= 4, np.maximum(spread - 1.0, 0.0), -1.0),
            np.where(counts >= 4, np.maximum(1.0 - basket, 0.0), -1.0),
            np.where(bought, -1.0, 9.0),
        ],
        axis=1,
    )
    figures = np.stack([ratio, silent, recent, trend, silent, counts, spread, basket, np.zeros(n)], axis=1)
    best = np.argsort(-strength, axis=1, kind="stable")[:, :N_REASONS]
    applies = np.take_along_axis(strength, best, axis=1) > 0
    codes = np.where(applies, best, -1).astype(np.int8)
    values = np.where(applies, np.take_along_axis(figures, best, axis=1), 0.0)
    return codes, values.astype(np.float32)


def _gaps(
    history: PurchaseHistory, counts: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean days between a member's orders and their coefficient of variation, (n,); 0 without two orders."""
    n = history.n_members
    same = history.member_rows[1:] == history.member_rows[:-1]
    gaps = np.diff(history.days)[same].astype(np.float64)
    owner = history.member_rows[1:][same]
    number = np.maximum(counts - 1, 1)
    mean = np.bincount(owner, weights=gaps, minlength=n) / number
    square = np.bincount(owner, weights=gaps**2, minlength=n) / number
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    return mean, np.divide(deviation, mean, out=np.zeros(n), where=mean > 0)


def _basket_trend(history: PurchaseHistory, counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean amount of a member's last three orders over that of all, (n,); 1 where nothing was paid."""
    n = history.n_members
    place = np.arange(history.n_orders) - (np.cumsum(counts) - counts)[history.member_rows]
    late = place >= (counts - 3)[history.member_rows]
    total = np.bincount(history.member_rows, weights=history.amounts, minlength=n)
    recent = np.bincount(history.member_rows[late], weights=history.amounts[late], minlength=n)
    mean, mean_recent = total / np.maximum(counts, 1), recent / np.maximum(np.minimum(counts, 3), 1)
    return np.divide(mean_recent, mean, out=np.ones(n), where=mean > 0)
