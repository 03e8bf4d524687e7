"""Events that take earlier ones back: what was put into the cart and removed again teaches nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TAKEN_BACK: dict[str, tuple[str, ...]] = {
    "cart_remove": ("cart",),
    "not_interested": ("view", "click", "cart", "wishlist", "favourite", "search", "impression"),
    "gift": ("view", "click", "cart", "wishlist", "favourite", "search", "impression"),
}
"""Which earlier events of the same member and product an event takes back: they teach nothing."""


def still_meant(rows: NDArray[np.int64], kinds: Sequence[str]) -> NDArray[np.int64]:
    """Of (member, product, second, kind) those that nothing took back later; ``kinds`` tells the places.

    ``rows`` (n, 4) int64. What takes others back has a kind from ``len(kinds)`` on, and is not among the
    rows that are left.
    """
    takes_back = rows[:, 3] >= len(kinds)
    if not takes_back.any():
        return rows
    span = int(rows[:, 1].max()) + 1
    rows, taking = rows[~takes_back], rows[takes_back]
    pairs, codes = np.unique(taking[:, 0] * span + taking[:, 1], return_inverse=True)
    own = rows[:, 0] * span + rows[:, 1]
    at = np.searchsorted(pairs, own).clip(max=len(pairs) - 1)
    left = np.ones(len(rows), dtype=np.bool_)
    for place, taken_back in enumerate(TAKEN_BACK.values(), start=len(kinds)):
        newest = np.full(len(pairs), np.iinfo(np.int64).min)
        is_one = taking[:, 3] == place
        np.maximum.at(newest, codes[is_one], taking[is_one, 2])
        meant = np.isin(rows[:, 3], [number for number, kind in enumerate(kinds) if kind in taken_back])
        left &= ~(meant & (pairs[at] == own) & (rows[:, 2] <= newest[at]))
    return rows[left]
