"""When an order was placed, as its customer saw the clock, and how long after the one before."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fraud.ml.orders.columns import DAY, HOUR, NEVER, OrderColumns
from fraud.ml.orders.grouped_history import GroupedHistory


def time_features(
    orders: OrderColumns, history: GroupedHistory, *, time_zone: str
) -> dict[str, NDArray[np.generic]]:
    local = _local_seconds(orders.placed_at, time_zone=time_zone)
    hour = 2 * np.pi * (local % DAY // HOUR + local % HOUR // 60 / 60) / 24
    weekday = 2 * np.pi * ((local // DAY + 3) % 7) / 7  # 1970-01-01 was a Thursday
    known = orders.joined_at != NEVER
    account_days = np.where(known, orders.placed_at - np.where(known, orders.joined_at, 0), 0) / DAY
    return {
        "log_gap": np.log1p((orders.placed_at - history.previous(orders.placed_at)) / HOUR),
        "hour_sin": np.sin(hour),
        "hour_cos": np.cos(hour),
        "weekday_sin": np.sin(weekday),
        "weekday_cos": np.cos(weekday),
        "log_account_days": np.where(known, np.log1p(np.maximum(account_days, 0)), np.nan),
        "log_history": np.log1p(history.count),
    }


def _local_seconds(moments: NDArray[np.int64], *, time_zone: str) -> NDArray[np.int64]:
    """What the clocks in ``time_zone`` showed, as seconds since they showed 1970-01-01 00:00."""
    if time_zone == "UTC":
        return moments
    there = pd.DatetimeIndex(moments.astype("datetime64[s]")).tz_localize("UTC").tz_convert(time_zone)
    return np.asarray(there.tz_localize(None).asi8)
