"""What decides while no fraud model is live: below an amount an order is approved, from it on reviewed.

A model that is live and cannot answer is another thing: then orders are reviewed, see ``deciding``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from fraud.models import Decision, DecisionPolicy
from learning.json_types import JsonObject
from membership.cleaning.words import MINOR_DIGITS
from membership.models.shop import the_shop

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FIRST_AMOUNT = Decimal(100)
"""Orders from here on are reviewed in a new shop until staff say otherwise ..."""
FIRST_WHOLE_AMOUNT = Decimal(10_000)
"""... and this is the amount in a currency without smaller parts, such as the yen."""


@dataclass(frozen=True)
class ByAmount:
    """Orders below ``review_from`` are approved; None: the amount cannot be compared, and all are
    reviewed."""

    review_from: float | None

    def as_parameters(self) -> JsonObject:
        """For JSON, as a decision is logged."""
        return asdict(self)

    def decide(self, *, amount: float) -> Decision:
        """By the order's ``amount`` in the shop's currency."""
        is_small = self.review_from is not None and amount < self.review_from
        return Decision.APPROVE if is_small else Decision.REVIEW


def review_from(policy: DecisionPolicy | None) -> Decimal:
    """From which amount in the shop's currency orders are reviewed: as staff set it, or the first value."""
    currency = the_shop().currency
    if policy is not None and policy.review_from is not None and policy.currency == currency:
        return policy.review_from
    return FIRST_AMOUNT if MINOR_DIGITS.get(currency, 2) else FIRST_WHOLE_AMOUNT


def by_amount(policy: DecisionPolicy | None, *, currency: str) -> ByAmount:
    """What decides on an order whose amount is known in ``currency``; only the shop's can be compared."""
    return ByAmount(float(review_from(policy)) if currency == the_shop().currency else None)


def save_review_from(*, amount: Decimal, user: User | None, note: str = "") -> DecisionPolicy:
    """A new policy that differs from the one in force by this amount, so that the history keeps both.

    In a shop without a policy, the model's own thresholds decide once there is a model.
    """
    before = DecisionPolicy.objects.first()
    names = ("method", "review_cost", "margin", "reviews_per_day", "decline_from", "price", "expected",
             "model_version_id")  # fmt: skip
    kept = {name: getattr(before, name) for name in names} if before is not None else {"method": "model"}
    return DecisionPolicy.objects.create(
        **kept, review_from=amount, currency=the_shop().currency, note=note, created_by=user
    )
