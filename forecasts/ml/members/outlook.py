"""What every member model computes, before it becomes ``MemberForecasts``."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class Outlook:
    """Figures for n members and h horizons, or for a training set with one horizon.

    Quantiles of counts and days are those of the whole number plus a uniform in 0..1 (Machado & Santos Silva,
    "Quantiles for counts", JASA 2005): continuous, so that an 80 % interval can hold exactly 80 %. The
    quantile of the whole number itself is the part before the point.
    """

    orders: Array  # (n, h) mean
    orders_at: Array  # (n, h, 3) quantiles at LEVELS of the count plus a uniform
    p_none: Array  # (n, h)
    spend: Array  # (n, h) mean
    spend_at: Array  # (n, h, 3)
    wait_at: Array  # (n, 3) quantiles of the days to the next order plus a uniform
    p_alive: Array  # (n,)
    rate: Array  # (n,) Pareto/NBD's mean orders a day of a member who has not left
    later: Array  # (n, 1 + TAIL_DAYS) Pareto/NBD's chance of an order by the last horizon, then TAIL_DAYS


def joined(parts: list[Outlook]) -> Outlook:
    """The outlooks of consecutive members as one."""
    return Outlook(
        **{
            item.name: np.concatenate([getattr(part, item.name) for part in parts])
            for item in fields(Outlook)
        }
    )
