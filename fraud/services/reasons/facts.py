"""The numbers that the sentence of a reason needs, read from the features of an order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from learning.json_types import JsonObject

Step = Mapping[str, float]
"""Feature -> value of one order; NaN for missing."""
Facts = JsonObject
"""Name -> number, text or truth, as JSON holds it."""
FAMILIAR_SECONDS = 60 * 86_400
"""A device (card, network, ...) known for longer is not given as a reason, even where it raised the score."""


def facts_of(code: str, step: Step) -> Facts | None:
    """The numbers that the sentence of ``code`` needs; None when there is nothing to say."""
    reader = _READERS.get(code)
    if reader is None:
        return {}
    facts = reader(step)
    if facts is None or any(isinstance(value, float) and math.isnan(value) for value in facts.values()):
        return None
    return facts


def _read_amount(step: Step) -> Facts:
    amount = round(math.expm1(step["log_amount"]), 2)
    if math.isnan(step["amount_vs_mean"]):
        return {"amount": amount}
    return {"amount": amount, "ratio": round(math.exp(step["amount_vs_mean"]), 2)}


def _read_choice(prefix: str) -> Callable[[Step], Facts | None]:
    def read(step: Step) -> Facts | None:
        chosen = [name for name, value in step.items() if name.startswith(prefix) and value == 1]
        named = [name.removeprefix(prefix) for name in chosen if not name.endswith("_share")]
        return {"choice": named[0]} if named else None

    return read


def _read_identity(name: str) -> Callable[[Step], Facts | None]:
    def read(step: Step) -> Facts | None:
        if math.isnan(step[f"new_{name}"]):
            return None
        if step[f"new_{name}"] > 0:
            return {"new": True}
        seconds = round(math.expm1(step[f"log_days_since_first_{name}"]) * 86_400)
        if seconds > FAMILIAR_SECONDS:
            return None
        return {"new": False, "seconds": seconds, "uses": round(math.expm1(step[f"log_uses_{name}"]))}

    return read


_READERS: dict[str, Callable[[Step], Facts | None]] = {
    "amount": _read_amount,
    "gap": lambda step: (
        {"seconds": round(math.expm1(step["log_gap"]) * 3_600)} if not math.isnan(step["log_gap"]) else None
    ),
    "basket": lambda step: (
        {"lines": round(math.expm1(step["log_lines"]))} if not math.isnan(step["log_lines"]) else None
    ),
    "discount": lambda step: (
        {"percent": round(step["discount_share"] * 100)} if step["discount_share"] >= 0.05 else None
    ),
    "countries": lambda step: {} if step["country_mismatch"] > 0 else None,
    "velocity": lambda step: {
        "orders": round(math.expm1(step["count_1d"])) + 1,
        "amount": round(math.expm1(step["sum_1d"]), 2),
    },
    "account": lambda step: (
        {"days": round(math.expm1(step["log_account_days"]))}
        if not math.isnan(step["log_account_days"])
        else {"orders": round(math.expm1(step["log_history"]))}
    ),
    "channel": _read_choice("channel_"),
    "payment_method": _read_choice("payment_"),
    **{
        name: _read_identity(name)
        for name in ("device", "instrument", "address", "ip_prefix", "shipping_country")
    },
}
