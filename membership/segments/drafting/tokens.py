"""What a sentence is made of, in whatever language it was written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from membership.rules.nodes import Node


class Kind(StrEnum):
    """What a period of a sentence means."""

    AND = "and"
    OR = "or"
    COMMA = "comma"
    BOUND = "bound"  # where one description of the members ends and another begins: "who", "的"
    EXCEPT = "except"
    EXCEPT_END = "except end"
    NOT = "not"  # value: True for "never"
    NUMBER = "number"
    RANGE = "range"  # value: (low, high)
    COMPARE = "compare"  # value: an operator, about the number that follows
    COMPARE_BACK = "compare back"  # value: an operator, about the number before: "or more", "以上"
    UNIT = "unit"  # value: times, units, money, points, score, percent
    PAST = "past"  # value: Relative: "in the last two months"
    NEXT = "next"
    AGO = "ago"
    SPAN = "span"  # value: Relative, with nothing that says which way
    VERB = "verb"  # value: bought, ordered, spent, viewed, carted, wishlisted, clicked, joined
    NOTHING = "nothing"  # "nothing", "什么都没": bought nothing
    ANY = "any"  # "any", "them": what was spoken of before
    CONSENT = "consent"
    CHANNEL_OF_CONSENT = "channel of consent"
    FIELD = "field"  # value: the names of fields, the first registered one is meant
    VALUE = "value"  # value: (field, stored form)
    NAME = "name"  # value: (what, stored form): a category, brand or store of this shop
    FILLER = "filler"
    PERSON = "person"  # a word for people that says more than a rule can
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Token:
    kind: Kind
    value: Any
    text: str
    start: int


@dataclass(frozen=True)
class Draft:
    """A rule, or None and why; ``unsure`` says what was assumed."""

    rule: Node | None
    unsure: tuple[str, ...] = ()
    refusal: str = ""


Number = int | Decimal
