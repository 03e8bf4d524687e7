"""Did one way of doing it do better? Rates of two groups, with intervals, and who belongs to which group."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054


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
    rate, z2 = successes / n, Z95**2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return Interval(rate, max(0.0, centre - half), min(1.0, centre + half))


def difference(successes: int, n: int, base_successes: int, base_n: int) -> Interval:
    """One rate minus another, with the interval of Newcombe (Statistics in Medicine 1998, method 10)."""
    one, base = share(successes, n), share(base_successes, base_n)
    low = math.hypot(one.value - one.low, base.high - base.value)
    high = math.hypot(one.high - one.value, base.value - base.low)
    value = one.value - base.value
    return Interval(value, max(-1.0, value - low), min(1.0, value + high))


def group_of(key: str, *, salt: str, weights: Sequence[float]) -> int:
    """Which group ``key`` belongs to, each as likely as its weight; the same key and salt, the same group.

    By hash (sha256), so that nothing needs to be stored, and another ``salt`` mixes anew.
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
