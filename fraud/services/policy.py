"""From probability to decision: two thresholds, chosen on orders that the model has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from fraud.models import Decision

if TYPE_CHECKING:
    import numpy as np

REVIEWS_PER_DAY = 10
"""How many orders staff can look at on a day ..."""
REVIEW_SHARE = 0.03
"""... and never more than this share of all orders, which is what counts in a small shop."""
DECLINE_PRECISION = 0.95
"""An order is declined without a look only where at least this share of such orders was fraud."""
FEWEST_TO_DECLINE = 20
"""... and only if so many such orders were seen: fewer prove nothing."""


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from which an order is reviewed, or declined; None: nothing is declined by itself."""

    review: float
    decline: float | None

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Those of a model version. Raises KeyError when it has none."""
        found = parameters["thresholds"]
        return cls(review=float(found["review"]), decline=found["decline"])

    def as_parameters(self) -> dict[str, float | None]:
        return asdict(self)

    def decide(self, probability: float) -> Decision:
        if self.decline is not None and probability >= self.decline:
            return Decision.DECLINE
        return Decision.REVIEW if probability >= self.review else Decision.APPROVE


def choose_thresholds(
    *,
    is_fraud: np.ndarray[Any, Any],
    probability: np.ndarray[Any, Any],
    days: float,
    reviews_per_day: float = REVIEWS_PER_DAY,
) -> Thresholds:
    """Review as many of the most suspect orders as staff can; decline where precision allows.

    ``is_fraud`` and ``probability`` are (n,), of all orders of ``days`` days.
    """
    import numpy as np

    order = np.argsort(-probability, kind="stable")
    ranked, hits = probability[order].astype(float), np.cumsum(is_fraud[order])
    capacity = max(int(min(reviews_per_day * days, REVIEW_SHARE * len(ranked))), 1)
    precision = hits / np.arange(1, len(ranked) + 1)
    certain = np.flatnonzero(precision >= DECLINE_PRECISION)
    decline = float(ranked[certain[-1]]) if len(certain) and certain[-1] + 1 >= FEWEST_TO_DECLINE else None
    # the smallest positive number, where fewer orders than the capacity have any score at all
    return Thresholds(review=max(float(ranked[capacity - 1]), 1e-6), decline=decline)
