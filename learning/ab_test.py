"""Which of two variants did better? Rates of two groups, with intervals, and who belongs to which group.

The intervals are those of statsmodels, imported when they are asked for (decision 18 says why).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def share(successes: int, n: int) -> Interval:
    """A rate with its score interval (Wilson, JASA 1927), within 0..1 for small n too; 0..1 for none."""
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes among {n}: give 0 <= successes <= n")
    if n == 0:
        return Interval(0.0, 0.0, 1.0)
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(successes, n, method="wilson")
    return Interval(successes / n, float(low), float(high))


def difference(successes: int, n: int, base_successes: int, base_n: int) -> Interval:
    """One rate minus another, with the interval of Newcombe (Statistics in Medicine 1998, method 10)."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    value = share(successes, n).value - share(base_successes, base_n).value
    if n == 0 or base_n == 0:
        return Interval(value, -1.0, 1.0)
    low, high = confint_proportions_2indep(
        successes, n, base_successes, base_n, compare="diff", method="newcomb"
    )
    return Interval(value, float(low), float(high))


def group_of(key: str, *, salt: str, weights: Sequence[float]) -> int:
    """Which group ``key`` belongs to, each as likely as its weight; the same key and salt, the same group.

    By hash (sha256), so that nothing needs to be stored, and another ``salt`` gives other groups.
    """
    total = math.fsum(weights)
    if not weights or total <= 0 or any(weight < 0 or not math.isfinite(weight) for weight in weights):
        raise ValueError("weights must be finite, not negative, and not all zero")
    digest = hashlib.sha256(f"{salt}\0{key}".encode()).digest()
    point = int.from_bytes(digest[:8], "big") / 2**64 * total
    for group, weight in enumerate(weights):
        point -= weight
        if point < 0:
            return group
    return max(group for group, weight in enumerate(weights) if weight > 0)
