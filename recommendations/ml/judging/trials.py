"""One evaluation of a recommender: for which members, what was right, and what it may be trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from learning.interaction_files import InputError
from learning.interactions import SECONDS_PER_DAY, Interactions
from learning.splitting import leave_last_out, rolling_cuts, split_at
from recommendations.ml.surfaces import BUY_AGAIN, FOR_YOU


@dataclass(frozen=True, eq=False)
class Trial:
    """One fold: what a model may learn from, and the members and products it is judged on.

    ``relevant[n]`` holds the product rows (of ``train.products``) that were right for the member in row
    ``member_rows[n]`` of ``history.members``; ``n_relevant`` counts also those that no model could know.
    """

    fold: int
    surface: str
    train: Interactions
    history: Interactions
    member_rows: NDArray[np.int64]
    relevant: list[NDArray[np.int64]]
    n_relevant: NDArray[np.int64]
    exclude_seen: bool
    tuning: Trial | None = None
    """The trial to choose settings by: it judges the products just before, and shares none with this one."""

    def sample(self, n: int, *, rng: np.random.Generator) -> Trial:
        """The same trial over at most ``n`` of its members, drawn from ``rng``."""
        if len(self.member_rows) <= n:
            return self
        chosen = np.sort(rng.choice(len(self.member_rows), size=n, replace=False))
        return replace(
            self,
            member_rows=self.member_rows[chosen],
            relevant=[self.relevant[line] for line in chosen],
            n_relevant=self.n_relevant[chosen],
        )


def leave_last_out_trial(interactions: Interactions, *, part: str = "test") -> Trial:
    """Each member's last product is asked for; the history is all before it, the parameters come from all but
    the last two. With ``part="validation"`` the second-last is asked for, from the history before it; that
    is also how a test is tuned.

    Seen products are excluded; a member whose product was seen before cannot be answered and is left out.
    Raises InputError when no member is left.
    """
    split = leave_last_out(interactions.member_rows, interactions.timestamps)
    train = interactions.where(_mask(len(interactions), split.train, split.short))
    last, extra = (split.test, split.validation) if part == "test" else (split.validation, split.train[:0])
    history = interactions.where(_mask(len(interactions), split.train, split.short, extra))
    member_rows, product_rows = interactions.member_rows[last], interactions.product_rows[last]
    new = ~_contains(history.to_csr(), member_rows, product_rows)
    if not new.any():
        raise InputError("no member has three products of which the last is new; leave-last-out needs one")
    relevant = list(product_rows[new][:, None])  # one product each
    ones = np.ones(len(relevant), dtype=np.int64)
    tuning = _tuned_on_the_one_before(interactions, train) if part == "test" else None
    return Trial(
        0, FOR_YOU, train, history, member_rows[new], relevant, ones, exclude_seen=True, tuning=tuning
    )


def _tuned_on_the_one_before(interactions: Interactions, train: Interactions) -> Trial | None:
    try:
        return replace(leave_last_out_trial(interactions, part="validation"), train=train)
    except InputError:  # too few members to choose settings by; there are the defaults
        return None


def time_split_trials(
    interactions: Interactions, *, cut: int, horizon_days: int, surface: str, folds: int = 1
) -> Iterator[Trial]:
    """One global cut a fold. *buy-again* asks for the first order after the cut, everything ranked; *for-you*
    for the products bought within the horizon that are new to the member. Members need a past. Each is tuned
    on the horizon before its cut, where that can be asked about.

    Raises InputError when a side of the cut is empty.
    """
    cuts = rolling_cuts(first_cut=cut, horizon_days=horizon_days, folds=folds)
    for fold, first in enumerate(cuts):
        before, after = split_at(
            interactions.timestamps, cut=first, horizon_seconds=horizon_days * SECONDS_PER_DAY
        )
        if not before.any() or not after.any():
            side = "before the cut" if not before.any() else f"in the {horizon_days} days from the cut"
            raise InputError(f"fold {fold}: there are no interactions {side}; choose another --cut")
        trial = _time_split_trial(interactions, before=before, after=after, fold=fold, surface=surface)
        past = interactions.where(before)
        earlier, late = split_at(
            past.timestamps,
            cut=first - horizon_days * SECONDS_PER_DAY,
            horizon_seconds=horizon_days * SECONDS_PER_DAY,
        )
        try:
            tuning = _time_split_trial(past, before=earlier, after=late, fold=fold, surface=surface)
        except InputError:
            tuning = None
        yield replace(trial, tuning=tuning)


def _time_split_trial(
    interactions: Interactions,
    *,
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    fold: int,
    surface: str,
) -> Trial:
    train = interactions.where(before).narrowed()
    window = interactions.where(after)
    member_rows = train.members.rows_of(interactions.members.ids)[window.member_rows]
    product_rows = train.products.rows_of(interactions.products.ids)[window.product_rows]
    keep = member_rows >= 0
    if surface == BUY_AGAIN:
        first = np.full(interactions.n_members, np.iinfo(np.int64).max)
        np.minimum.at(first, window.member_rows, window.timestamps)
        keep &= window.timestamps == first[window.member_rows]
    else:
        keep &= ~_contains(train.to_csr(), member_rows, product_rows)
    # the product's row in the whole file tells apart those the training part does not know
    wanted = np.unique(np.stack([member_rows[keep], window.product_rows[keep], product_rows[keep]]), axis=1)
    if wanted.shape[1] == 0:
        raise InputError(f"fold {fold}: nobody with orders before the cut can be asked about {surface}")
    members, starts, n_relevant = np.unique(wanted[0], return_index=True, return_counts=True)
    relevant = [rows[rows >= 0] for rows in np.split(wanted[2], starts[1:])]
    return Trial(fold, surface, train, train, members, relevant, n_relevant, exclude_seen=surface == FOR_YOU)


def _contains(
    matrix: sparse.csr_matrix, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether ``matrix`` stores an entry at each (row, column), (n,) bool; False where either is -1."""
    lines = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    stored = lines * matrix.shape[1] + matrix.indices
    known = (rows >= 0) & (columns >= 0)
    # numpy's own choice would be a table of all possible pairs, gigabytes of it
    return known & np.isin(rows * matrix.shape[1] + columns, stored, kind="sort")


def _mask(n: int, *parts: Sequence[int] | NDArray[np.int64]) -> NDArray[np.bool_]:
    mask = np.zeros(n, dtype=np.bool_)
    for part in parts:
        mask[part] = True
    return mask
