"""What a rule may contain, for editors: fields with operators and choices, behaviours, names."""

from __future__ import annotations

from django.utils.translation import gettext as _

from membership.models import Category, Order, Product, Segment, Store
from membership.rules.behaviours import ARGUMENTS, BOUNDS, TIMES
from membership.rules.checking import OPERATORS_OF, May
from membership.rules.registry import SegmentField, segment_fields
from membership.segments.editing.templates import templates
from membership.wording import in_words

MOST_NAMES = 2_000
MOST_CHOICES = 500


def rule_language(*, may: May) -> dict[str, object]:
    """All that the asker may put into a rule. A handful of queries."""
    return {
        "fields": [_field(one) for one in segment_fields().values() if may(one)],
        "behaviours": [_behaviour(name, arguments) for name, arguments in ARGUMENTS.items()],
        "categories": list(Category.objects.values_list("path", flat=True)[:MOST_NAMES]),
        "brands": list(
            Product.objects.exclude(brand="")
            .order_by("brand")
            .values_list("brand", flat=True)
            .distinct()[:MOST_NAMES]
        ),
        "stores": [
            {"value": code, "label": name or code}
            for code, name in Store.objects.values_list("code", "name")[:MOST_NAMES]
        ],
        "channels": [{"value": value, "label": str(label)} for value, label in Order.Channel.choices],
        "segments": [
            {"value": key, "label": in_words(name)}
            for key, name in Segment.objects.order_by("name").values_list("key", "name")[:MOST_NAMES]
        ],
        "templates": [
            {"key": one.key, "title": one.title, "about": one.about, "text": one.text}
            for one in templates(may=may)
        ],
    }


def _field(field: SegmentField) -> dict[str, object]:
    choices = list(field.choices())[:MOST_CHOICES] if field.choices is not None else []
    return {
        "name": field.name,
        "title": str(field.title),
        "type": field.type.value,
        "unit": str(field.unit),
        "operators": list(OPERATORS_OF[field.type]),
        "choices": [{"value": value, "label": str(label)} for value, label in choices],
    }


def _behaviour(name: str, arguments: tuple[str, ...]) -> dict[str, object]:
    titles = _behaviour_titles()
    return {
        "name": name,
        "title": titles.get(name, name),
        "arguments": [
            {"name": one, "title": _argument_titles().get(one, one), "kind": _kind(one)} for one in arguments
        ],
    }


def _kind(argument: str) -> str:
    """How the value of an argument is given: number, amount, span, day, or a name of the catalogue."""
    if argument == "within":
        return "span"
    if argument in TIMES:
        return "day"
    if argument in BOUNDS:
        return "amount" if argument.startswith("spend") else "number"
    return argument


def _behaviour_titles() -> dict[str, str]:
    return {
        "bought": _("bought"),
        "viewed": _("viewed"),
        "carted": _("put in the cart"),
        "wishlisted": _("put on the wish list"),
        "clicked": _("clicked"),
    }


def _argument_titles() -> dict[str, str]:
    return {
        "category": _("category"),
        "brand": _("brand"),
        "product": _("product (SKU)"),
        "store": _("store"),
        "channel": _("channel"),
        "at_least": _("at least … times"),
        "at_most": _("at most … times"),
        "exactly": _("exactly … times"),
        "units_at_least": _("at least … units"),
        "units_at_most": _("at most … units"),
        "spend_at_least": _("spent at least"),
        "spend_at_most": _("spent at most"),
        "within": _("within the last"),
        "since": _("since"),
        "until": _("until"),
    }
