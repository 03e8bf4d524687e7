"""How soon each product is bought again, learned from all members' repeat purchases.

The days between two purchases of one product by one member are taken as log-normal. A product's mean log gap
is shrunk towards that of its category, and that towards the shop's, as if each had ``PRIOR_GAPS`` gaps of the
level above (a normal-normal empirical Bayes estimate with fixed weight); so is the share of members who buy
it again at all. The spread is the shop's: single products have too few gaps to tell theirs.

Gaps that have not ended yet are not counted: in a young shop the estimate is too short, never too long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PRIOR_GAPS = 20.0
PRIOR_MEMBERS = 50.0
WATCHED_DAYS = 90
"""Whether a member buys a product again is counted from so long after their first purchase on."""
FEWEST_MEMBERS = 100
"""Of a product, whose first purchase was watched: below, nobody says that it is bought once."""
ONCE_SHARE = 0.02
"""A product that fewer members than this buy again is bought once."""
EARLY = 1.2816
"""Standard deviations below the mean log gap: nine in ten gaps are longer."""


@dataclass(frozen=True, eq=False)
class RepeatGaps:
    """One value a product. ``days`` float64: the median gap. ``early_days`` int64: within so many days only
    one in ten is bought again. ``gaps`` int64: how many were seen of the product itself. ``again_share``
    float64, 0..1: members who bought it again. ``is_once`` bool.
    """

    days: NDArray[np.float64]
    early_days: NDArray[np.int64]
    gaps: NDArray[np.int64]
    again_share: NDArray[np.float64]
    is_once: NDArray[np.bool_]


def learn_gaps(
    member_rows: NDArray[np.int64],
    product_rows: NDArray[np.int64],
    days: NDArray[np.int64],
    *,
    categories: NDArray[np.int64],
) -> RepeatGaps | None:
    """From purchases: three (n,) arrays, ``days`` counted from any day; None where nothing is bought twice.

    ``categories`` (n_products,) int64 says which products are of a kind; -1: of none.
    """
    if not len(days):
        return None
    n_products = len(categories)
    # several purchases of one day are one
    order = np.lexsort((days, product_rows, member_rows))
    pairs = (member_rows * n_products + product_rows)[order]
    when = days[order]
    new = np.append(True, (np.diff(pairs) != 0) | (np.diff(when) != 0))
    pairs, when = pairs[new], when[new]
    same = pairs[1:] == pairs[:-1]
    gap_days = (when[1:] - when[:-1])[same]
    if not len(gap_days):
        return None
    of_gap = (pairs[1:] % n_products)[same]
    logs = np.log(gap_days.astype(np.float64))
    counts = np.bincount(of_gap, minlength=n_products)
    means = _shrunk(np.bincount(of_gap, logs, n_products), counts, categories, prior=PRIOR_GAPS)
    spread = float(np.sqrt(np.mean((logs - means[of_gap]) ** 2)))
    first = np.append(True, ~same)
    last = np.append(~same, True)
    watched = when[first] <= when.max() - WATCHED_DAYS
    of_pair = pairs[first] % n_products
    members = np.bincount(of_pair[watched], minlength=n_products)
    again = np.bincount(of_pair[watched], (when[last] > when[first])[watched], n_products)
    share = _shrunk(again, members, categories, prior=PRIOR_MEMBERS)
    return RepeatGaps(
        days=np.exp(means),
        early_days=np.floor(np.exp(means - EARLY * spread)).astype(np.int64),
        gaps=counts,
        again_share=share,
        is_once=(members >= FEWEST_MEMBERS) & (share < ONCE_SHARE),
    )


def _shrunk(
    sums: NDArray[np.float64], counts: NDArray[np.int64], categories: NDArray[np.int64], *, prior: float
) -> NDArray[np.float64]:
    """(n_products,) means of each product, towards those of its category, towards that of all."""
    shop = float(sums.sum()) / max(int(counts.sum()), 1)
    kinds, codes = np.unique(categories, return_inverse=True)
    of_kind = np.bincount(codes, sums, len(kinds)) + prior * shop
    kind_means = of_kind / (np.bincount(codes, counts, len(kinds)) + prior)
    kind_means[kinds < 0] = shop
    return np.asarray((sums + prior * kind_means[codes]) / (counts + prior))
