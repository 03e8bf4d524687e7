"""Quantities that are no units. All amounts are whole numbers of one size, say millionths."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

WEIGHED_FROM = 100
IMPLAUSIBLE_FROM = 10_000


def is_weight(*, quantity: Ints, unit_price: Ints, smallest_coin: Ints) -> Flags:
    """A hundred or more of something that costs less than the smallest coin apiece: a measure.

    Nothing is sold by the piece below the smallest coin; petrol in thousandths of a gallon is. On the
    Complete Journey data the rule finds 13,509 of the 13,510 lines with a quantity of 100 or more; the
    one it leaves is 144 pieces at .33.
    """
    return np.asarray((quantity >= WEIGHED_FROM) & (unit_price < smallest_coin) & (unit_price > 0))


def is_implausible(*, quantity: Ints) -> Flags:
    """More pieces than a household buys, at whatever price: they are kept, but not counted as units."""
    return np.asarray(quantity >= IMPLAUSIBLE_FROM)
