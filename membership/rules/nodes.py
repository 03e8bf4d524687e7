"""A rule as a tree. What has a name in the shop stands in it as a ``Ref`` once the rule was checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as column
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from membership.rules.errors import NOWHERE, Place, RuleError, RuleProblem

MAX_DEPTH = 12
MAX_NODES = 200
MAX_VALUES = 500
MAX_DIGITS = 15
MAX_TEXT = 400
RELATIVE = re.compile(r"([+-]?)(\d{1,5})([dwmy])", re.IGNORECASE)


@dataclass(frozen=True)
class Relative:
    """A stretch of days (d), weeks (w), months (m) or years (y), counted from today."""

    amount: int
    unit: str

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


@dataclass(frozen=True)
class Ref:
    """A category, product, store, tag or segment by its id, which outlives every renaming."""

    kind: str
    id: int


Value = str | int | bool | Decimal | date | Relative | Ref
KINDS = ("category", "product", "store", "tag", "segment")
"""Of ``Ref``; also the keys by which JSON holds them."""


@dataclass(frozen=True)
class Condition:
    """One field compared with one or more values."""

    field: str
    op: str
    values: tuple[Value, ...] = ()
    place: Place = column(default=NOWHERE, compare=False)
    value_places: tuple[Place, ...] = column(default=(), compare=False)

    def value_place(self, index: int) -> Place:
        return self.value_places[index] if index < len(self.value_places) else self.place


@dataclass(frozen=True)
class Behaviour:
    """What a member did: ``bought(category: "Coffee", at_least: 3)``. Arguments are sorted by name."""

    name: str
    arguments: tuple[tuple[str, Value], ...] = ()
    place: Place = column(default=NOWHERE, compare=False)
    places: tuple[tuple[str, Place, Place], ...] = column(default=(), compare=False)
    """Of each argument's name and value."""

    def name_place(self, name: str) -> Place:
        return next((at for key, at, _value_at in self.places if key == name), self.place)

    def value_place(self, name: str) -> Place:
        return next((at for key, _name_at, at in self.places if key == name), self.place)


@dataclass(frozen=True)
class InSegment:
    """Members of another segment; a text names it by its key."""

    segment: str | Ref
    place: Place = column(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Not:
    part: Node


@dataclass(frozen=True)
class All:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Some:
    """At least one of ``parts``; "any" in JSON, "or" in text."""

    parts: tuple[Node, ...]


Node = Condition | Behaviour | InSegment | Not | All | Some


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Not(part):
            return (part,)
        case All(parts) | Some(parts):
            return parts
    return ()


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """Every node with its depth, without recursion: the tree may be deeper than Python's stack."""
    waiting = [(node, 1)]
    while waiting:
        current, depth = waiting.pop()
        yield current, depth
        waiting.extend((child, depth + 1) for child in reversed(children(current)))


def row_id(value: Value) -> int:
    """The id that a checked rule has in the place of a name. Raises LookupError for a name."""
    if not isinstance(value, Ref):
        raise LookupError(f"nothing is called {value!r}")
    return value.id


def refs_of(node: Node) -> list[Ref]:
    """Everything of the shop that a rule names, each once."""
    found: list[Ref] = []
    for one, _depth in walk(node):
        match one:
            case Condition(values=values):
                found += [value for value in values if isinstance(value, Ref)]
            case Behaviour(arguments=arguments):
                found += [value for _name, value in arguments if isinstance(value, Ref)]
            case InSegment(Ref() as segment):
                found.append(segment)
    return list(dict.fromkeys(found))


def with_ref(node: Node, old: Ref, new: Ref) -> Node:
    """The rule with ``new`` in every place of ``old``."""
    return swapped(node, {old: new})


def swapped(node: Node, others: Mapping[Ref, Ref | str]) -> Node:
    """The rule with other ids, or names, in the place of those in ``others``."""

    def swap(value: Value) -> Value:
        return others.get(value, value) if isinstance(value, Ref) else value

    match node:
        case Condition():
            return replace(node, values=tuple(dict.fromkeys(map(swap, node.values))))
        case Behaviour():
            return replace(node, arguments=tuple((name, swap(value)) for name, value in node.arguments))
        case InSegment(Ref() as segment):
            return replace(node, segment=others.get(segment, segment))
        case Not(part):
            return Not(swapped(part, others))
        case All(parts) | Some(parts):
            return replace(node, parts=tuple(swapped(part, others) for part in parts))
    return node


def check_size(node: Node) -> None:
    """Raises RuleError for a rule that is too deep or too long to be meant."""
    for count, (_one, depth) in enumerate(walk(node), start=1):
        if depth > MAX_DEPTH:
            raise RuleError([RuleProblem(_("A rule may be nested %d levels deep at most.") % MAX_DEPTH)])
        if count > MAX_NODES:
            raise RuleError([RuleProblem(_("A rule may have %d conditions and groups at most.") % MAX_NODES)])


# --- values ----------------------------------------------------------------------------------------------


def relative(match: re.Match[str]) -> Relative:
    amount = int(match[2])
    return Relative(-amount if match[1] == "-" else amount, match[3].lower())


def checked_number(number: int | Decimal, place: Place = NOWHERE) -> int | Decimal:
    """``number``, if a database can compare with it: at most 15 digits, 6 of them after the point."""
    exponent = Decimal(number).normalize().as_tuple().exponent
    if abs(number) >= 10**MAX_DIGITS or not isinstance(exponent, int) or exponent < -6:
        message = _("A number has at most 15 digits, 6 of them after the point.")
        raise RuleError([RuleProblem(message, place)])
    return number


def checked_text(text: str, place: Place = NOWHERE) -> str:
    """``text``, if it can be stored. Raises RuleError."""
    if len(text) > MAX_TEXT:
        raise RuleError([RuleProblem(_("A text may have %d characters at most.") % MAX_TEXT, place)])
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise RuleError([RuleProblem(_("This text holds a character that cannot be stored."), place)])
    return text
