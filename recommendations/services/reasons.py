"""Why a product is shown, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from learning.json_types import JsonMapping
from membership.models import Product

CODES = (
    "because_bought",
    "because_looked",
    "bought_before",
    "goes_with",
    "similar",
    "matches",
    "segment",
    "trending",
    "popular",
    "chosen",
)


@dataclass(frozen=True)
class Reason:
    """Why a product is shown: a word for programs and a sentence for people."""

    code: str
    text: str
    products: list[Product] = field(default_factory=list)


def reason_of(entry: JsonMapping, products: Mapping[int, Product]) -> Reason:
    """The reason of an entry (see ``Recommendation.products``) in words of the current language.

    ``why`` says what kind it is; entries of stored lists have none, theirs follow from what they hold.
    """
    why = entry.get("why")
    if "times" in entry:
        return _bought_before(entry)
    named = [products[pk] for pk in entry.get("because", ()) if pk in products]
    if why in PLAIN:
        return Reason(why, str(PLAIN[why]()), named)
    if not named:
        return Reason("popular", _("popular with other members"))
    names = {"first": named[0].name, "second": named[-1].name}
    if why in NAMED:
        return Reason(why, NAMED[why]() % names, named[:1])
    text = _("because of %(first)s") if len(named) == 1 else _("because of %(first)s and %(second)s")
    return Reason("because_bought", text % names, named)


def _bought_before(entry: JsonMapping) -> Reason:
    times = int(entry["times"])
    if entry.get("last"):
        day = formats.date_format(date.fromisoformat(entry["last"]), "SHORT_DATE_FORMAT")
        text = ngettext("bought %(times)d time, on %(day)s", "bought %(times)d times, last on %(day)s", times)
        return Reason("bought_before", text % {"times": times, "day": day})
    text = ngettext("bought %(times)d time", "bought %(times)d times", times)
    return Reason("bought_before", text % {"times": times})


PLAIN = {
    "segment": lambda: _("liked by members like this one"),
    "trending": lambda: _("bought more often lately"),
    "popular": lambda: _("popular with other members"),
    "chosen": lambda: _("chosen by the shop"),
    "matches": lambda: _("matches the search"),
}
NAMED = {
    "because_looked": lambda: _("because you looked at %(first)s"),
    "goes_with": lambda: _("goes with %(first)s"),
    "similar": lambda: _("similar to %(first)s"),
}
