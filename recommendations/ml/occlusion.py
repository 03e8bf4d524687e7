"""What a member's score would be without one of their products: the model's own answer, not an estimate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from learning.interactions import Interactions
from learning.vocabulary import Vocabulary


def without_each(
    history: Interactions, member_row: int, *, most: int
) -> tuple[NDArray[np.int64], Interactions]:
    """(own products (h,) newest first, at most ``most``; h + 1 histories, as of as many members).

    Line 0 of the histories is the member's own, line n + 1 the same without any entry of product n.
    """
    entries = np.flatnonzero(history.member_rows == member_row)
    entries = entries[np.argsort(history.timestamps[entries], kind="stable")]
    products = history.product_rows[entries]
    _known, newest = np.unique(products[::-1], return_index=True)
    own = products[::-1][np.sort(newest)][:most]
    kept = np.ones((len(own) + 1, len(entries)), dtype=np.bool_)
    kept[1:] = products[None, :] != own[:, None]
    lines, places = np.nonzero(kept)
    chosen = entries[places]
    return own, replace(
        history,
        members=Vocabulary(np.arange(len(own) + 1)),
        member_rows=lines,
        product_rows=history.product_rows[chosen],
        timestamps=history.timestamps[chosen],
        values=history.values[chosen],
    )
