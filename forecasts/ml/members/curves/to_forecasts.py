"""Outlooks as forecasts: each member's figures, read from one distribution."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members import member_description as describe
from forecasts.ml.members.curves.coherence import coherent
from forecasts.ml.members.curves.member_curves import MemberCurves
from forecasts.ml.members.outlook import LEVELS, Outlook
from forecasts.ml.members.purchase_history import CHANCE_DAYS, MemberForecasts, PurchaseHistory

Array = NDArray[np.float64]


def knots_of(*horizons: Iterable[int]) -> tuple[int, ...]:
    """All of these horizons, rising: the days at which the models are asked."""
    return tuple(sorted({days for some in horizons for days in some}))


def to_forecasts(
    history: PurchaseHistory,
    outlook: Outlook,
    *,
    knots: tuple[int, ...],
    horizons: tuple[int, ...],
    mean_units: float,
) -> MemberForecasts:
    """The outlook at ``knots`` made coherent, and read at those of them that are ``horizons``.

    Raises ValueError on a horizon that is no knot.
    """
    curves, outlook = coherent(outlook, knots)
    columns = [knots.index(days) for days in horizons]
    counts_at = np.floor(outlook.orders_at[:, columns])
    spend_at = outlook.spend_at[:, columns]
    baskets = describe.shrunken_means(history, history.units / history.numbers, prior=mean_units)
    orders = np.stack([curves.orders(days) for days in horizons], axis=1)
    within = np.stack([curves.chance(days) for days in horizons], axis=1)
    top, shares = describe.likely_categories(history)
    codes, values = describe.reasons(history)
    plain = np.float32
    return MemberForecasts(
        members=history.members,
        as_of_day=history.as_of_day,
        horizons=tuple(horizons),
        expected_orders=orders.astype(plain),
        median_orders=counts_at[:, :, 1].astype(plain),
        orders_low=counts_at[:, :, 0].astype(plain),
        orders_high=counts_at[:, :, 2].astype(plain),
        orders_interval=outlook.orders_at[:, columns][:, :, [0, 2]].astype(plain),
        expected_units=(orders * baskets[:, None]).astype(plain),
        basket_size=baskets.astype(plain),
        expected_spend=outlook.spend[:, columns].astype(plain),
        median_spend=spend_at[:, :, 1].astype(plain),
        spend_low=spend_at[:, :, 0].astype(plain),
        spend_high=spend_at[:, :, 2].astype(plain),
        p_inactive=(1.0 - within).astype(plain),
        next_order_days=curves.waits(LEVELS).astype(plain),
        p_alive=curves.alive.astype(plain),
        chances=chances(curves).astype(plain),
        daily_rate=outlook.rate.astype(plain),
        categories=history.categories,
        top_categories=top,
        top_category_shares=shares,
        reasons=codes,
        reason_values=values,
    )


def chances(curves: MemberCurves) -> Array:
    """P(an order within each of CHANCE_DAYS), (n, CHANCE_DAYS)."""
    return np.stack([curves.chance(days) for days in CHANCE_DAYS], axis=1)
