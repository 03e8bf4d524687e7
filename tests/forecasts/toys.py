"""Small shops whose future is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecasts.ml.boosting import TreeConfig
from forecasts.ml.demand.demand import DemandConfig
from forecasts.ml.demand.sales_history import SalesHistory
from forecasts.ml.members.boosted_purchases import BoostedConfig
from forecasts.ml.members.forecast_blend import BlendConfig
from forecasts.ml.members.purchase_history import PurchaseHistory

TODAY = 20_000
SMALL_BOOSTED = BoostedConfig(horizons=(90,), most_origins=3, origin_step_days=30, tree=TreeConfig(rounds=8))
SMALL_DEMAND = DemandConfig(blind=TreeConfig(rounds=10), planned=TreeConfig(rounds=40, leaves=7))
SMALL_BLEND = BlendConfig(boosted=SMALL_BOOSTED, validation_origins=2)


def regulars_and_leavers() -> tuple[PurchaseHistory, np.ndarray]:
    """120 members: every second one buys every 8 to 40 days, the others did so and stopped long ago.

    The array holds how many orders each will place in the next 90 days.
    """
    rng = np.random.default_rng(4)
    members, days, future = [], [], []
    for member in range(120):
        gap = 8 + 8 * (member % 5)
        stopped = TODAY - 250 if member % 2 else TODAY
        order_days = np.arange(TODAY - 500 + int(rng.integers(0, gap)), stopped, gap)
        members += [member] * len(order_days)
        days += order_days.tolist()
        future.append(0.0 if member % 2 else 90 / gap)
    amounts = 20.0 + np.array(members) % 7
    seconds = np.array(days) * 86_400
    return PurchaseHistory.from_orders(members, seconds, amounts, as_of_day=TODAY), np.array(future)


def without_an_amount(history: PurchaseHistory) -> PurchaseHistory:
    """The same with one amount that is not a number."""
    amounts = history.amounts.copy()
    amounts[3] = np.nan
    return replace(history, amounts=amounts)


def steady_sales(*, weeks: int = 40) -> SalesHistory:
    """Twelve products that sell about 5, 10, ... 60 a week, one that seldom sells, one that never did."""
    rng = np.random.default_rng(7)
    units = rng.poisson(np.arange(5, 65, 5)[:, None], size=(12, weeks)).astype(np.float32)
    rare = (np.arange(weeks) % 6 == 0).astype(np.float32) * 2
    rows = np.concatenate([units, rare[None], np.zeros((1, weeks), dtype=np.float32)])
    product, week = np.nonzero(rows)
    return SalesHistory.from_rows(
        product, week, rows[product, week], first_day=19_000, n_weeks=weeks, products=np.arange(14)
    )
