"""What every member model computes, before it becomes ``MemberForecasts``."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members import member_description as describe
from forecasts.ml.members.purchase_history import LATEST_DAY, MemberForecasts, PurchaseHistory

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


def joined(parts: list[Outlook]) -> Outlook:
    """The outlooks of consecutive members as one."""
    return Outlook(
        **{
            item.name: np.concatenate([getattr(part, item.name) for part in parts])
            for item in fields(Outlook)
        }
    )


def to_forecasts(
    history: PurchaseHistory, outlook: Outlook, *, horizons: tuple[int, ...], mean_units: float
) -> MemberForecasts:
    """The outlook as forecasts: in order, within bounds, with baskets, categories and reasons."""
    orders = np.maximum(outlook.orders, 0.0)
    counts_at = np.floor(np.sort(np.maximum(outlook.orders_at, 0.0), axis=2))
    spend_at = np.sort(np.maximum(outlook.spend_at, 0.0), axis=2)
    waits = np.clip(np.sort(outlook.wait_at, axis=1), 0.0, LATEST_DAY)
    baskets = describe.shrunken_means(history, history.units / history.numbers, prior=mean_units)
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
        orders_interval=outlook.orders_at[:, :, [0, 2]].astype(plain),
        expected_units=(orders * baskets[:, None]).astype(plain),
        basket_size=baskets.astype(plain),
        expected_spend=np.maximum(outlook.spend, 0.0).astype(plain),
        median_spend=spend_at[:, :, 1].astype(plain),
        spend_low=spend_at[:, :, 0].astype(plain),
        spend_high=spend_at[:, :, 2].astype(plain),
        p_inactive=np.clip(outlook.p_none, 0.0, 1.0).astype(plain),
        next_order_days=waits.astype(plain),
        p_alive=np.clip(outlook.p_alive, 0.0, 1.0).astype(plain),
        categories=history.categories,
        top_categories=top,
        top_category_shares=shares,
        reasons=codes,
        reason_values=values,
    )
