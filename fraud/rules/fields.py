"""What rules over orders may ask: the order, velocity counters, and all that segments ask of its member."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from membership.cleaning.values import Unclean, clean_country, clean_currency
from membership.models import Order
from membership.models.shop import shop_currency
from membership.rules.checking import May, check_rule
from membership.rules.errors import RuleError
from membership.rules.json_form import from_json
from membership.rules.language import parse
from membership.rules.names.written import text_of
from membership.rules.nodes import Condition, Node, walk
from membership.rules.reading import BadRule
from membership.rules.registry import FieldType, Rows, SegmentField

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    from fraud.ml.counting.counters import Counter

USUAL_WINDOWS = ("1h", "1d", "7d", "30d")
PERMISSION, SCOPE = "fraud.view_fraudrule", "fraud:read"


def _not_rows(as_of: datetime) -> Rows:
    raise TypeError("a field of orders has no rows of members")


def _order_field(name: str, title: StrPromise | str, kind: FieldType, **options: Any) -> SegmentField:
    return SegmentField(name, title, kind, _not_rows, permission=PERMISSION, scope=SCOPE, **options)


def _cleaned(clean: Callable[[str], str | None], message: StrPromise) -> Callable[[str], str]:
    def cleaned(text: str) -> str:
        try:
            code = clean(text)
        except Unclean:
            code = None
        if not code:
            raise ValueError(message % text)
        return code

    return cleaned


_country = _cleaned(clean_country, gettext_lazy("“%s” is not a country; use ISO 3166, such as US."))
_currency = _cleaned(clean_currency, gettext_lazy("“%s” is not a currency; use ISO 4217, such as USD."))


def _weekdays() -> Sequence[tuple[str, str]]:
    return [
        ("mon", _("Monday")), ("tue", _("Tuesday")), ("wed", _("Wednesday")), ("thu", _("Thursday")),
        ("fri", _("Friday")), ("sat", _("Saturday")), ("sun", _("Sunday")),
    ]  # fmt: skip


_decimal = partial(_order_field, kind=FieldType.DECIMAL)
_integer = partial(_order_field, kind=FieldType.INTEGER)
_boolean = partial(_order_field, kind=FieldType.BOOLEAN)
_text = partial(_order_field, kind=FieldType.TEXT)

ORDER_FIELDS: dict[str, SegmentField] = {
    field.name: field
    for field in (
        _decimal("amount", gettext_lazy("the order's total"), unit=shop_currency()),
        _decimal("amount_vs_usual", gettext_lazy("total divided by the mean of the member's earlier orders")),
        _decimal("discount", gettext_lazy("discount"), unit=shop_currency()),
        _decimal("discount_share", gettext_lazy("discount as a share"), unit="0–1"),
        _decimal("returned_before", gettext_lazy("refunded to the member before"), unit=shop_currency()),
        _decimal("returned_share", gettext_lazy("refunded share of the member's earlier orders"), unit="0–1"),
        _decimal("probability", gettext_lazy("the model's probability of fraud"), unit="0–1", decimals=6),
        _integer("lines", gettext_lazy("lines in the basket")),
        _integer("hour", gettext_lazy("hour of the day in the shop"), unit="0–23"),
        _integer("earlier_orders", gettext_lazy("the member's earlier orders")),
        _integer("returns_before", gettext_lazy("refunds to the member before")),
        _integer("account_days", gettext_lazy("days since the member joined")),
        _order_field("weekday", gettext_lazy("weekday in the shop"), FieldType.CHOICE, choices=_weekdays),
        _order_field(
            "channel", gettext_lazy("channel"), FieldType.CHOICE, choices=lambda: Order.Channel.choices
        ),
        _text("payment_method", gettext_lazy("payment method")),
        _text("currency", gettext_lazy("currency"), clean=_currency),
        _text("coupon", gettext_lazy("coupon")),
        _text("store", gettext_lazy("code of the store")),
        _text("billing_country", gettext_lazy("billing country"), clean=_country),
        _text("shipping_country", gettext_lazy("shipping country"), clean=_country),
        _text("device", gettext_lazy("device fingerprint")),
        _text("ip", gettext_lazy("IP address")),
        _boolean("countries_differ", gettext_lazy("billed and shipped to different countries")),
        _boolean("new_device", gettext_lazy("a device the member has not used before")),
        _boolean("new_instrument", gettext_lazy("a means of payment the member has not used before")),
        _boolean("new_address", gettext_lazy("an address the member has not used before")),
        _boolean("new_ip", gettext_lazy("an IP address the member has not used before")),
        _boolean("new_shipping_country", gettext_lazy("a shipping country new to the member")),
        _boolean("first_order", gettext_lazy("the member's first order")),
    )
}
_COUNTED = {
    "orders": gettext_lazy("orders"),
    "amount": gettext_lazy("spend"),
    "frauds": gettext_lazy("known frauds"),
    "members": gettext_lazy("different members"),
    "devices": gettext_lazy("different devices"),
    "instruments": gettext_lazy("different means of payment"),
}
OUTCOME_TITLES = {
    "": gettext_lazy("without declined ones"),
    "placed": gettext_lazy("with declined ones"),
    "approved": gettext_lazy("earlier approved ones only"),
    "declined": gettext_lazy("earlier declined ones only"),
}
"""Of which orders a counter counts → the words."""


def find_order_field(name: str) -> SegmentField | None:
    """The field of orders, or the velocity counter, called ``name``."""
    from fraud.ml.counting.counters import counter_of

    if name in ORDER_FIELDS:
        return ORDER_FIELDS[name]
    counter = counter_of(name)
    if counter is None:
        return None
    kind = FieldType.DECIMAL if counter.measure == "amount" else FieldType.INTEGER
    return _order_field(name, counter_title(counter), kind)


def counter_title(counter: Counter) -> str:
    """What is counted, in words: the measure and the outcome of the orders."""
    what = str(_COUNTED[counter.measure])
    if counter.measure == "frauds":
        return what
    return _("%(counted)s: %(orders)s") % {"counted": what, "orders": OUTCOME_TITLES[counter.outcome]}


def usual_counters(*, outcomes: Iterable[str] = ("",)) -> list[str]:
    """The counters that are offered, for each of the ``outcomes``; other windows may be asked as well."""
    from fraud.ml.counting.counters import MEASURES, SCOPES, counter_of

    names = [
        f"{measure}{outcome and '_' + outcome}_{scope}.{window}"
        for outcome in outcomes
        for measure in MEASURES
        for scope in SCOPES
        for window in USUAL_WINDOWS
    ]
    return [name for name in names if counter_of(name) is not None]


def read_order_rule(*, text: str | None = None, data: object = None, may: May) -> Node:
    """The checked rule of a text or of its JSON form. Raises BadRule with all that is wrong."""
    try:
        if text is None:
            text = text_of(from_json(data))  # so that mistakes have places, which is the text's to give
        rule = parse(text)
        more = _fields_for(one.field for one, _depth in walk(rule) if isinstance(one, Condition))
        return check_rule(rule, as_of=timezone.now(), may=may, more=more)
    except RuleError as error:
        raise BadRule(error) from None


def _fields_for(extra: Iterable[str]) -> dict[str, SegmentField]:
    names = [*ORDER_FIELDS, *usual_counters(outcomes=OUTCOME_TITLES), *extra]
    return {name: field for name in names if (field := find_order_field(name)) is not None}
