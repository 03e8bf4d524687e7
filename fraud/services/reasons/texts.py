"""The sentences of reasons, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fraud.models import ListKind
from fraud.services.reasons.facts import Facts
from membership.models import Order
from membership.wording import money_text

MODEL_UNAVAILABLE, TIME_OUT, SUPPRESSED = "model_unavailable", "time_out", "suppressed"
NO_MODEL_YET, UNUSUAL = "no_model_yet", "unusual"
BLOCK_LIST, ALLOW_LIST, RULE = "block_list", "allow_list", "rule"


def reason_text(reason: Mapping[str, object]) -> str:
    """The sentence of a stored reason, in the language that is active now.

    One that an older version stored with other facts reads as it did then.
    """
    try:
        facts = reason.get("facts") or {}
        return _WRITERS[str(reason["code"])](facts if isinstance(facts, dict) else {})
    except (KeyError, TypeError, ValueError):
        return str(reason.get("text", ""))


def _write_no_model_yet(facts: Facts) -> str:
    if facts.get("limit") is None:
        return _("There is no fraud model yet, and the amount in the shop's currency is not known.")
    limit = money_text(Decimal(str(facts["limit"])), facts["currency"])
    return _("There is no fraud model yet: orders below %(limit)s are approved, others reviewed.") % {
        "limit": limit
    }


def _write_unusual(facts: Facts) -> str:
    if facts["percent"] >= 50:
        return _("unusual: higher than %(percent)d %% of orders") % facts
    return _("not unusual: higher than only %(percent)d %% of orders") % facts


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
    NO_MODEL_YET: _write_no_model_yet,
    UNUSUAL: _write_unusual,
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
