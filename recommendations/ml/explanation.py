"""Why a product is in a list: the member's own products that added most to its score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommendations.ml.als import Als
from recommendations.ml.blend import Blend
from recommendations.ml.recommender import Recommender


def because(
    model: Recommender, member_row: int, product_rows: NDArray[np.int64], *, most: int = 2
) -> Sequence[NDArray[np.int64]]:
    """For each of ``product_rows`` (n,) the rows of the member's products that raised its score most.

    Up to ``most`` rows each, best first, only positive parts, never the product itself. The parts are the
    exact terms of the score (Hu et al. 2008, §5); a blend multiplies all terms of a product by
    one trend, which changes neither sign nor order. Models without such terms give no reasons.
    """
    factors = model.als_ if isinstance(model, Blend) else model
    nothing = np.zeros(0, dtype=np.int64)
    if not isinstance(factors, Als):
        return [nothing] * len(product_rows)
    own, parts = factors.contributions(member_row, product_rows)
    if len(own) == 0:
        return [nothing] * len(product_rows)
    parts = np.where(own[:, None] == product_rows[None, :], -np.inf, parts)
    best = np.argsort(-parts, axis=0, kind="stable")[:most]
    return [own[best[:, column]][parts[best[:, column], column] > 0] for column in range(len(product_rows))]
