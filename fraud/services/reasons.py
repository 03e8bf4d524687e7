"""Reasons in words: what raised an order's score most, each with the fact behind it.

A reason is ``{"code", "text", "weight", "facts"}``: ``weight`` is how much it raises the logit, ``facts`` the
numbers in its sentence, from which ``reason_text`` writes it again in another language.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fraud.models import DecidedBy, ListAction, ListKind
from membership.models import Order

if TYPE_CHECKING:
    from fraud.ml.judging.explanation import Effects
    from fraud.ml.orders.sequences import TransactionSequences

Facts = dict[str, Any]
Reason = dict[str, Any]
MOST_REASONS = 4
SMALLEST_WEIGHT = 0.1
FAMILIAR_SECONDS = 60 * 86_400
"""A device (card, network, ...) known for longer is no news, whatever the model makes of it."""
MODEL_UNAVAILABLE, TIME_OUT, SUPPRESSED = "model_unavailable", "time_out", "suppressed"
BLOCK_LIST, ALLOW_LIST, RULE = "block_list", "allow_list", "rule"


def unavailable_reason() -> Reason:
    return _reason(MODEL_UNAVAILABLE, {})


def simple_reason(decided_by: str) -> Reason:
    """Why the model did not have the last word."""
    return _reason(
        {DecidedBy.TIME_OUT: TIME_OUT, DecidedBy.SUPPRESSED: SUPPRESSED}.get(
            DecidedBy(decided_by), MODEL_UNAVAILABLE
        ),
        {},
    )


def list_reason(action: str, kind: str) -> Reason:
    return _reason(BLOCK_LIST if action == ListAction.BLOCK else ALLOW_LIST, {"kind": kind})


def rule_reason(name: str) -> Reason:
    return _reason(RULE, {"name": name})


def _reason(code: str, facts: Facts) -> Reason:
    return {"code": code, "text": reason_text({"code": code, "facts": facts}), "weight": 0.0, "facts": facts}


def reasons_of(*, effects: Effects, sequences: TransactionSequences) -> list[list[Reason]]:
    """For each order of ``sequences``, what raised its score, strongest first; [] where nothing did."""
    from fraud.ml.judging.explanation import FIELDS, KNOWN_LABELS, KNOWN_STORE_LABELS
    from fraud.ml.orders.place_history import PLACE_FEATURES
    from fraud.ml.orders.sequences import STEP_FEATURES

    steps = sequences.steps[sequences.window[:, -1]]
    fraud, present = PLACE_FEATURES.index("label_fraud"), PLACE_FEATURES.index("present")
    found: list[list[Reason]] = []
    for n in range(len(sequences)):
        step = dict(zip(STEP_FEATURES, steps[n].tolist(), strict=True))
        weights = dict(zip(FIELDS, effects.fields[n].tolist(), strict=True))
        candidates = [(weight, code, _facts(code, step)) for code, weight in weights.items()]
        frauds = int(sequences.labels[n, :, 0].sum())
        candidates.append((float(effects.known_labels[n]), KNOWN_LABELS, {"frauds": frauds}))
        place = sequences.place[n, :-1]
        known = int((place[:, fraud] > 0).sum())
        there = {"frauds": known, "orders": int((place[:, present] > 0).sum())}
        candidates.append(
            (float(effects.known_store_labels[n]), KNOWN_STORE_LABELS, there if known else None)
        )
        candidates.append(_strongest_earlier(effects, sequences, n))
        found.append(_worded(candidates))
    return found


def reason_text(reason: Mapping[str, Any]) -> str:
    """The sentence of a stored reason, in the language that is active now.

    One that an older version stored with other facts reads as it did then.
    """
    try:
        return _WRITERS[reason["code"]](reason.get("facts") or {})
    except (KeyError, TypeError, ValueError):
        return str(reason.get("text", ""))


def _worded(candidates: list[tuple[float, str, Facts | None]]) -> list[Reason]:
    strongest = sorted(candidates, key=lambda one: -one[0])
    reasons: list[Reason] = []
    for weight, code, facts in strongest:
        if facts is None or weight < SMALLEST_WEIGHT or len(reasons) == MOST_REASONS:
            continue
        reason: Reason = {"code": code, "weight": round(weight, 3), "facts": facts}
        reasons.append({**reason, "text": reason_text(reason)})
    return reasons


def _strongest_earlier(
    effects: Effects, sequences: TransactionSequences, n: int
) -> tuple[float, str, Facts | None]:
    """The earlier order without which this one would look best."""
    from fraud.ml.orders.sequences import STEP_FEATURES

    place = int(effects.earlier[n].argmax())
    row = sequences.window[n, place]
    if row < 0:
        return 0.0, "earlier_order", None
    amount = math.expm1(float(sequences.steps[row, STEP_FEATURES.index("log_amount")]))
    gaps = sequences.steps[sequences.window[n, place + 1 :], STEP_FEATURES.index("log_gap")]
    seconds = round(sum(math.expm1(gap) for gap in gaps.tolist()) * 3_600)
    return float(effects.earlier[n, place]), "earlier_order", {"amount": round(amount, 2), "seconds": seconds}


def _facts(code: str, step: Mapping[str, float]) -> Facts | None:
    """The numbers that the sentence of ``code`` needs; None when there is nothing to say."""
    reader = _READERS.get(code)
    if reader is None:
        return {}
    facts = reader(step)
    if facts is None or any(isinstance(value, float) and math.isnan(value) for value in facts.values()):
        return None
    return facts


def _read_amount(step: Mapping[str, float]) -> Facts:
    amount = round(math.expm1(step["log_amount"]), 2)
    if math.isnan(step["amount_vs_mean"]):
        return {"amount": amount}
    return {"amount": amount, "ratio": round(math.exp(step["amount_vs_mean"]), 2)}


def _read_choice(prefix: str) -> Callable[[Mapping[str, float]], Facts | None]:
    def read(step: Mapping[str, float]) -> Facts | None:
        chosen = [name for name, value in step.items() if name.startswith(prefix) and value == 1]
        named = [name.removeprefix(prefix) for name in chosen if not name.endswith("_share")]
        return {"choice": named[0]} if named else None

    return read


def _read_identity(name: str) -> Callable[[Mapping[str, float]], Facts | None]:
    def read(step: Mapping[str, float]) -> Facts | None:
        if math.isnan(step[f"new_{name}"]):
            return None
        if step[f"new_{name}"] > 0:
            return {"new": True}
        seconds = round(math.expm1(step[f"log_days_since_first_{name}"]) * 86_400)
        if seconds > FAMILIAR_SECONDS:
            return None
        return {"new": False, "seconds": seconds, "uses": round(math.expm1(step[f"log_uses_{name}"]))}

    return read


_READERS: dict[str, Callable[[Mapping[str, float]], Facts | None]] = {
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


def _write_amount(facts: Facts) -> str:
    if "ratio" not in facts:
        return _("a first order of %(amount)s") % {"amount": _number(facts["amount"], 2)}
    if facts["ratio"] >= 1:
        return _("%(ratio)s× this member's usual amount") % {"ratio": _number(facts["ratio"], 1)}
    return _("%(percent)s %% of this member's usual amount") % {"percent": round(facts["ratio"] * 100)}


def _write_gap(facts: Facts) -> str:
    return _("%(duration)s after the order before") % {"duration": _duration(facts["seconds"])}


def _write_basket(facts: Facts) -> str:
    return ngettext("%(n)d line in the basket", "%(n)d lines in the basket", facts["lines"]) % {
        "n": facts["lines"]
    }


def _write_account(facts: Facts) -> str:
    if "days" in facts:
        return ngettext("member for %(n)d day", "member for %(n)d days", facts["days"]) % {"n": facts["days"]}
    return ngettext("%(n)d earlier order", "%(n)d earlier orders", facts["orders"]) % {"n": facts["orders"]}


def _write_velocity(facts: Facts) -> str:
    words = ngettext(
        "%(n)d order within a day, %(amount)s in all",
        "%(n)d orders within a day, %(amount)s in all",
        facts["orders"],
    )
    return words % {"n": facts["orders"], "amount": _number(facts["amount"], 2)}


def _write_known_labels(facts: Facts) -> str:
    words = ngettext(
        "%(n)d of this member's last orders was fraud",
        "%(n)d of this member's last orders were fraud",
        facts["frauds"],
    )
    return words % {"n": facts["frauds"]}


def _write_known_store_labels(facts: Facts) -> str:
    words = ngettext(
        "%(n)d of the last %(orders)d orders at this store or device was fraud",
        "%(n)d of the last %(orders)d orders at this store or device were fraud",
        facts["frauds"],
    )
    return words % {"n": facts["frauds"], "orders": facts["orders"]}


def _write_earlier(facts: Facts) -> str:
    return _("follows an order of %(amount)s made %(duration)s earlier") % {
        "amount": _number(facts["amount"], 2),
        "duration": _duration(facts["seconds"]),
    }


def _write_channel(facts: Facts) -> str:
    names = dict(Order.Channel.choices)
    return _("channel: %(channel)s") % {"channel": names.get(facts["choice"], facts["choice"])}


def _write_identity(new: Callable[[], str], known: Callable[[], str]) -> Callable[[Facts], str]:
    def write(facts: Facts) -> str:
        return new() if facts["new"] else known() % {"duration": _duration(facts["seconds"])}

    return write


_WRITERS: dict[str, Callable[[Facts], str]] = {
    MODEL_UNAVAILABLE: lambda facts: _("The model could not answer."),
    TIME_OUT: lambda facts: _("The model did not answer in time."),
    SUPPRESSED: lambda facts: _("Staff trust this member or device for now."),
    BLOCK_LIST: lambda facts: _("On the block list: %s") % ListKind(facts["kind"]).label,
    ALLOW_LIST: lambda facts: _("On the allow list: %s") % ListKind(facts["kind"]).label,
    RULE: lambda facts: _("Rule: %(name)s") % facts,
    "amount": _write_amount,
    "moment": lambda facts: _("an unusual hour or day"),
    "gap": _write_gap,
    "basket": _write_basket,
    "discount": lambda facts: _("%(percent)s %% discount") % facts,
    "channel": _write_channel,
    "payment_method": lambda facts: _("paid by: %(choice)s") % facts,
    "countries": lambda facts: _("billed and shipped to different countries"),
    "velocity": _write_velocity,
    "account": _write_account,
    "known_labels": _write_known_labels,
    "known_store_labels": _write_known_store_labels,
    "earlier_order": _write_earlier,
    "device": _write_identity(
        lambda: _("a device this member has not used before"), lambda: _("device first seen %(duration)s ago")
    ),
    "instrument": _write_identity(
        lambda: _("a means of payment this member has not used before"),
        lambda: _("means of payment first seen %(duration)s ago"),
    ),
    "address": _write_identity(
        lambda: _("an address this member has not had goods sent to before"),
        lambda: _("address first seen %(duration)s ago"),
    ),
    "ip_prefix": _write_identity(
        lambda: _("a network this member has not come from before"),
        lambda: _("network first seen %(duration)s ago"),
    ),
    "shipping_country": _write_identity(
        lambda: _("a country this member has not had goods sent to before"),
        lambda: _("shipping country first seen %(duration)s ago"),
    ),
}


def _duration(seconds: int) -> str:
    if seconds < 3_600:
        minutes = max(1, round(seconds / 60))
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    if seconds < 172_800:
        hours = round(seconds / 3_600)
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = round(seconds / 86_400)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def _number(value: float, places: int) -> str:
    return str(number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True))
