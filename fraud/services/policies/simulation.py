"""What a setting of the policy would have cost on past orders, and what each price of a review would."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from fraud.models import DecisionPolicy
from fraud.services.policies.past_scores import Past, past_orders
from fraud.services.policies.policy import Costs, Setting, Thresholds
from learning.json_types import JsonObject
from membership.errors import Conflict
from membership.models.shop import the_shop

if TYPE_CHECKING:
    import numpy as np
    from django.contrib.auth.models import User
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

CURVE_POINTS = 40


def needed_past() -> Past:
    """Raises Conflict while there is nothing to try a setting on."""
    past = past_orders()
    if past is None:
        raise Conflict(_("There are no judged past orders yet; they come with the next retrain."))
    return past


def price_for(past: Past, *, reviews_per_day: int, review_cost: float) -> float:
    """The price at which past orders filled the capacity; never below what a review costs."""
    import numpy as np

    loss = past.probability.astype(float) * past.amount
    order = np.argsort(-loss, kind="stable")
    filled = np.cumsum(past.weight[order])
    beyond = np.flatnonzero(filled > reviews_per_day * past.days)
    price = float(loss[order][beyond[0]]) if len(beyond) else 0.0
    return max(price, review_cost)


def setting_of(past: Past, chosen: JsonObject) -> Setting:
    """``chosen`` is a form's data: method, review_cost, margin, reviews_per_day, decline_from."""
    if chosen["method"] == DecisionPolicy.Method.MODEL:
        return Thresholds.from_parameters(past.version.parameters)
    price = float(chosen["review_cost"])
    if chosen["method"] == DecisionPolicy.Method.CAPACITY:
        price = price_for(past, reviews_per_day=chosen["reviews_per_day"], review_cost=price)
    return Costs(price, float(chosen["margin"]), chosen.get("decline_from"), the_shop().currency)


def simulate(past: Past, setting: Setting, *, review_cost: float, margin: float) -> JsonObject:
    """Counts and money over the past weeks, a day and in all, as JSON can hold them."""
    reviewed, declined = setting.decide_many(past.probability.astype(float), amount=past.amount)
    return _figures(past, reviewed, declined, review_cost=review_cost, margin=margin)


def cost_curve(past: Past, setting: Setting, *, review_cost: float, margin: float) -> list[dict[str, float]]:
    """Reviews a day and cost a day, from reviewing no order to reviewing a tenth of them."""
    import numpy as np

    decline_from = setting.decline_from if isinstance(setting, Costs) else setting.decline
    losses = np.sort(past.probability.astype(float) * past.amount)[::-1]
    most = max(len(losses) // 10, 1)
    places = np.unique(np.geomspace(1, most, CURVE_POINTS).astype(int)) - 1
    points = []
    for price in losses[places].tolist():
        one = Costs(max(price, 0.0), margin, decline_from, the_shop().currency)
        outcome = simulate(past, one, review_cost=review_cost, margin=margin)
        points.append(
            {"reviews_per_day": outcome["reviews_per_day"], "cost_per_day": outcome["cost_per_day"]}
        )
    return points


def save_policy(*, chosen: JsonObject, user: User | None) -> DecisionPolicy:
    """Put a setting into force, with what it was expected to do. Raises Conflict without past orders."""
    past = needed_past()
    setting, before = setting_of(past, chosen), DecisionPolicy.objects.first()
    price = setting.price if isinstance(setting, Costs) else float(chosen["review_cost"])
    cost, margin = float(chosen["review_cost"]), float(chosen["margin"])
    return DecisionPolicy.objects.create(
        method=chosen["method"],
        review_cost=chosen["review_cost"],
        margin=margin,
        reviews_per_day=chosen["reviews_per_day"],
        decline_from=chosen.get("decline_from"),
        price=Decimal(str(round(price, 3))),
        review_from=before.review_from if before is not None else None,
        currency=the_shop().currency,
        note=chosen.get("note", ""),
        expected=simulate(past, setting, review_cost=cost, margin=margin),
        model_version=past.version,
        created_by=user,
    )


def _figures(
    past: Past, reviewed: Flags, declined: Flags, *, review_cost: float, margin: float
) -> JsonObject:
    fraud = past.is_fraud == 1
    stopped = reviewed | declined

    def count(which: Flags) -> float:
        return float(past.weight[which].sum())

    def money(which: Flags) -> float:
        return float((past.amount * past.weight)[which].sum())

    missed, lost = money(fraud & ~stopped), money(declined & ~fraud) * margin
    cost = missed + count(reviewed) * review_cost + lost
    return {
        "orders": round(count(fraud | ~fraud)),
        "days": round(past.days, 1),
        "reviewed": round(count(reviewed)),
        "declined": round(count(declined)),
        "reviews_per_day": round(count(reviewed) / past.days, 2),
        "frauds": int(count(fraud)),
        "frauds_stopped": int(count(fraud & stopped)),
        "fraud_amount": round(money(fraud), 2),
        "fraud_amount_stopped": round(money(fraud & stopped), 2),
        "good_amount_declined": round(money(declined & ~fraud), 2),
        "cost": round(cost, 2),
        "cost_per_day": round(cost / past.days, 2),
        "cost_without": round(money(fraud), 2),
    }
