"""From probability to decision: the model's own two thresholds, or the lowest expected cost.

A ``Setting`` is all that the step needs, so that a logged one decides again as it did.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from fraud.models import Decision, DecisionPolicy
from learning.json_types import JsonMapping, JsonObject

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

REVIEWS_PER_DAY = 10
"""How many orders staff can look at on a day ..."""
REVIEW_SHARE = 0.03
"""... and never more than this share of all orders, which is what counts in a small shop."""
DECLINE_PRECISION = 0.95
"""An order is declined without a review only where at least this share of such orders was fraud."""
FEWEST_TO_DECLINE = 20
"""... and only if so many such orders were seen: fewer are no evidence."""


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from which an order is reviewed, or declined; None: nothing is declined by itself."""

    review: float
    decline: float | None

    @classmethod
    def from_parameters(cls, parameters: JsonMapping) -> Self:
        """Those of a model version. Raises KeyError when it has none."""
        thresholds = parameters["thresholds"]
        return cls(review=float(thresholds["review"]), decline=thresholds["decline"])

    def as_parameters(self) -> dict[str, float | None]:
        """For JSON; ``from_parameters`` reads it from under ``thresholds``."""
        return asdict(self)

    def decide(self, probability: float, *, amount: float = 0.0) -> Decision:
        """By ``probability``, 0 to 1, alone."""
        if self.decline is not None and probability >= self.decline:
            return Decision.DECLINE
        return Decision.REVIEW if probability >= self.review else Decision.APPROVE

    def decide_many(
        self, probability: NDArray[np.float64], *, amount: NDArray[np.float64]
    ) -> tuple[Flags, Flags]:
        """``decide`` for n orders at once: (n,) what is reviewed, and what is declined."""
        import numpy as np

        never = np.zeros(len(probability), bool)
        declined = never if self.decline is None else probability >= self.decline
        return (probability >= self.review) & ~declined, declined


@dataclass(frozen=True)
class Costs:
    """The decision with the lowest expected cost in ``currency``, see DecisionPolicy.

    Nothing is declined without a review below ``decline_from``, or at all when that is None.
    """

    price: float
    margin: float
    decline_from: float | None
    currency: str

    @classmethod
    def of(cls, policy: DecisionPolicy) -> Self:
        """The costs that staff set in ``policy``."""
        return cls(float(policy.price), policy.margin, policy.decline_from, policy.currency)

    def as_parameters(self) -> JsonObject:
        """For JSON, as a decision is logged."""
        return asdict(self)

    def decide(self, probability: float, *, amount: float) -> Decision:
        """By ``probability``, 0 to 1, and the order's ``amount`` in ``currency``."""
        loss, lost_sale = probability * amount, (1 - probability) * amount * self.margin
        may_decline = self.decline_from is not None and probability >= self.decline_from
        if may_decline and lost_sale < min(self.price, loss):
            return Decision.DECLINE
        return Decision.REVIEW if loss > self.price else Decision.APPROVE

    def decide_many(
        self, probability: NDArray[np.float64], *, amount: NDArray[np.float64]
    ) -> tuple[Flags, Flags]:
        """``decide`` for n orders at once: (n,) what is reviewed, and what is declined."""
        import numpy as np

        loss, lost_sale = probability * amount, (1 - probability) * amount * self.margin
        declined = np.zeros(len(probability), bool)
        if self.decline_from is not None:
            declined = (probability >= self.decline_from) & (lost_sale < np.minimum(self.price, loss))
        return (loss > self.price) & ~declined, declined


Setting = Thresholds | Costs


def setting_in_force(
    policy: DecisionPolicy | None, *, parameters: JsonMapping, currency: str
) -> tuple[Setting, DecisionPolicy | None]:
    """What decides on an order in ``currency``, and the policy that says so.

    Costs in one currency do not apply to an order in another: there, and without a policy, the model's own
    thresholds decide.
    """
    if policy is None or policy.method == DecisionPolicy.Method.MODEL:
        return Thresholds.from_parameters(parameters), policy
    if policy.currency != currency:
        return Thresholds.from_parameters(parameters), None
    return Costs.of(policy), policy


def stored_setting(data: JsonMapping) -> Setting | None:
    """The setting of a logged decision; None where none took part."""
    if not data:
        return None
    return Costs(**data) if "price" in data else Thresholds(data["review"], data["decline"])


def choose_thresholds(
    *,
    is_fraud: NDArray[np.floating],
    probability: NDArray[np.floating],
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
