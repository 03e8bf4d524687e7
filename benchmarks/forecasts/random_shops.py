"""Randomly generated shops of different sizes, ages and habits, to look for contradictions in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecasts.ml.members.purchase_history import PurchaseHistory

SMALLEST, LARGEST = 2, 400
"""Members, spread evenly on a logarithmic scale."""
YOUNGEST, OLDEST = 16, 900
"""Days."""
TODAY = 20_000


def random_shop(seed: int, *, largest: int = LARGEST) -> PurchaseHistory:
    """Members who order by chance, in a rhythm, in bursts or once, and some of whom leave for good."""
    rng = np.random.default_rng(seed)
    n_members = round(float(np.exp(rng.uniform(np.log(SMALLEST), np.log(largest)))))
    span = round(float(np.exp(rng.uniform(np.log(YOUNGEST), np.log(OLDEST)))))
    gap = float(np.exp(rng.uniform(np.log(2.0), np.log(90.0))))
    spread, once, leaves = rng.uniform(0.05, 1.5), rng.uniform(0.0, 0.8), rng.uniform(0.0, 0.01)
    members, days = [], []
    for member in range(n_members):
        own = _order_days(rng, span=span, gap=gap * float(np.exp(spread * rng.normal())), leaves=leaves)
        own = own[:1] if rng.random() < once else own
        members += [member] * len(own)
        days += own.tolist()
    price = float(np.exp(rng.uniform(0.0, 5.0)))
    amounts = np.round(rng.gamma(rng.uniform(0.5, 9.0), price, len(days)), 2)
    amounts[rng.random(len(days)) < rng.choice([0.0, 0.05])] = 0.0
    seconds = (TODAY - span + np.array(days)) * 86_400 + rng.integers(0, 86_400, len(days))
    units = rng.integers(1, 6, len(days)).astype(np.float64)
    return PurchaseHistory.from_orders(members, seconds, amounts, as_of_day=TODAY, units=units)


def _order_days(rng: np.random.Generator, *, span: int, gap: float, leaves: float) -> NDArray[np.int64]:
    """Days from 0 to span - 1 with an order; at least one."""
    kind = rng.choice(["chance", "rhythm", "bursts"], p=[0.6, 0.25, 0.15])
    joined = int(rng.integers(0, span))
    stays = min(float(span), joined + (rng.exponential(1.0 / leaves) if leaves > 1e-4 else span))
    day, own = float(joined), [joined]
    while True:
        if kind == "chance":
            day += rng.exponential(gap)
        elif kind == "rhythm":
            day += max(1.0, rng.normal(gap, 0.1 * gap))
        else:
            day += rng.exponential(0.2 * gap if rng.random() < 0.7 else 3.0 * gap)
        if day >= stays or len(own) > 2_000:
            return np.array(own)
        own.append(int(day))
