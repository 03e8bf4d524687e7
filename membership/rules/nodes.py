"""A rule as a tree, and its canonical, versioned JSON form.

```
{"version": 1, "where": {"all": [
    {"field": "tier", "op": "in", "values": ["gold", "platinum"]},
    {"behaviour": "bought", "with": {"category": "Coffee", "at_least": 3, "within": {"relative": "60d"}}},
    {"not": {"segment": "staff"}}]}}
```

Values are text, whole numbers, booleans, ``{"decimal": "12.50"}``, ``{"date": "2026-03-01"}`` or
``{"relative": "-60d"}``, so that nothing is rounded and nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as column
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from membership.rules.errors import NOWHERE, Place, RuleError, RuleProblem

VERSION = 1
MAX_DEPTH = 12
MAX_NODES = 200
MAX_VALUES = 500
MAX_DIGITS = 15
MAX_TEXT = 400
OPERATORS = (
    "=", "!=", "<", "<=", ">", ">=", "between", "in", "not in", "contains", "starts with",
    "in next", "in last", "is set", "is unset",
)  # fmt: skip
VALUES_OF = {"between": 2, "is set": 0, "is unset": 0, "in": None, "not in": None}
"""How many values an operator takes, where it is not one; None: one or more."""
RELATIVE = re.compile(r"([+-]?)(\d{1,5})([dwmy])", re.IGNORECASE)


@dataclass(frozen=True)
class Relative:
    """A stretch of days (d), weeks (w), months (m) or years (y), counted from today."""

    amount: int
    unit: str

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


Value = str | int | bool | Decimal | date | Relative


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
    """Members of another segment, named by its key."""

    key: str
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


def segments_named(node: Node) -> set[str]:
    """The keys of all segments that a rule refers to."""
    return {one.key for one, _depth in walk(node) if isinstance(one, InSegment)}


def check_size(node: Node) -> None:
    """Raises RuleError for a rule that is too deep or too long to be meant."""
    for count, (_one, depth) in enumerate(walk(node), start=1):
        if depth > MAX_DEPTH:
            raise RuleError([RuleProblem(_("A rule may be nested %d levels deep at most.") % MAX_DEPTH)])
        if count > MAX_NODES:
            raise RuleError([RuleProblem(_("A rule may have %d conditions and groups at most.") % MAX_NODES)])


# --- JSON ------------------------------------------------------------------------------------------------


def to_json(node: Node) -> dict[str, object]:
    return {"version": VERSION, "where": _node_json(node)}


def _node_json(node: Node) -> dict[str, object]:
    match node:
        case Condition():
            return {"field": node.field, "op": node.op, "values": [_value_json(one) for one in node.values]}
        case Behaviour():
            return {
                "behaviour": node.name,
                "with": {name: _value_json(value) for name, value in node.arguments},
            }
        case InSegment():
            return {"segment": node.key}
        case Not():
            return {"not": _node_json(node.part)}
        case All():
            return {"all": [_node_json(part) for part in node.parts]}
        case Some():
            return {"any": [_node_json(part) for part in node.parts]}


def _value_json(value: Value) -> object:
    match value:
        case Decimal():
            return {"decimal": str(value)}
        case date():
            return {"date": value.isoformat()}
        case Relative():
            return {"relative": str(value)}
    return value


def from_json(data: object) -> Node:
    """The tree of a rule's JSON form. Raises RuleError, whose messages name the place in the JSON."""
    if not isinstance(data, Mapping) or set(data) != {"version", "where"}:
        raise _wrong("", _('a rule is {"version": 1, "where": …}'))
    if data["version"] != VERSION or isinstance(data["version"], bool):
        raise _wrong("version", _("this program reads version %d") % VERSION)
    node = _node_from(data["where"], "where", depth=1)
    check_size(node)
    return node


def _node_from(data: object, path: str, *, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise RuleError([RuleProblem(_("A rule may be nested %d levels deep at most.") % MAX_DEPTH)])
    match data:
        case {"field": str(name), "op": str(op), **rest} if set(rest) <= {"values"}:
            return _condition_from(name, op, rest.get("values", []), path)
        case {"behaviour": str(name), **rest} if set(rest) <= {"with"}:
            return _behaviour_from(name, rest.get("with", {}), path)
        case {"segment": str(key), **rest} if not rest:
            return InSegment(checked_text(key))
        case {"not": part, **rest} if not rest:
            return Not(_node_from(part, f"{path}.not", depth=depth + 1))
        case {"all": list(parts), **rest} if not rest and parts:
            return _group_from(All, parts, f"{path}.all", depth=depth)
        case {"any": list(parts), **rest} if not rest and parts:
            return _group_from(Some, parts, f"{path}.any", depth=depth)
    raise _wrong(path, _("a condition has field, op and values; a group has all, any or not"))


def _group_from(kind: type[All] | type[Some], parts: list[object], path: str, *, depth: int) -> Node:
    if len(parts) > MAX_NODES:
        raise RuleError([RuleProblem(_("A rule may have %d conditions and groups at most.") % MAX_NODES)])
    if len(parts) == 1:  # a form builder's group of one says the same as that one
        return _node_from(parts[0], f"{path}.0", depth=depth)
    return kind(
        tuple(_node_from(part, f"{path}.{index}", depth=depth + 1) for index, part in enumerate(parts))
    )


def _condition_from(name: str, op: str, values: object, path: str) -> Condition:
    if op not in OPERATORS:
        raise _wrong(f"{path}.op", _("the operators are %s") % ", ".join(OPERATORS))
    if not isinstance(values, list) or len(values) > MAX_VALUES:
        raise _wrong(f"{path}.values", _("values is a list of at most %d") % MAX_VALUES)
    wanted = VALUES_OF.get(op, 1)
    if (len(values) != wanted) if wanted is not None else not values:
        raise _wrong(f"{path}.values", _("“%(op)s” takes a different number of values") % {"op": op})
    _check_name(name, f"{path}.field")
    clean = tuple(_value_from(one, f"{path}.values.{index}") for index, one in enumerate(values))
    return Condition(name, op, clean)


def _behaviour_from(name: str, arguments: object, path: str) -> Behaviour:
    _check_name(name, f"{path}.behaviour")
    if not isinstance(arguments, Mapping) or len(arguments) > 20:
        raise _wrong(f"{path}.with", _("with is an object of at most 20 arguments"))
    clean = {}
    for key, value in arguments.items():
        _check_name(key, f"{path}.with")
        clean[key] = _value_from(value, f"{path}.with.{key}")
    return Behaviour(name, tuple(sorted(clean.items(), key=lambda pair: pair[0])))


def _check_name(name: object, path: str) -> None:
    if not isinstance(name, str) or not re.fullmatch(r"[a-z_][a-z0-9_.]{0,59}", name) or name in KEYWORDS:
        raise _wrong(path, _("a name has small letters, digits, points and underscores"))


KEYWORDS = {
    "and", "or", "not", "in", "between", "is", "set", "unset", "contains", "starts", "with", "next", "last",
    "true", "false", "today",
}  # fmt: skip


def _value_from(data: object, path: str) -> Value:
    match data:
        case bool():
            return data
        case int():
            return checked_number(data, path)
        case float():
            return checked_number(Decimal(repr(data)), path)
        case str():
            return checked_text(data)
        case {"decimal": str(text), **rest} if not rest and re.fullmatch(r"-?\d{1,20}(\.\d{1,20})?", text):
            # text writes 5, not 5., so a decimal without a fraction is a whole number
            return checked_number(Decimal(text) if "." in text else int(text), path)
        case {"date": str(text), **rest} if not rest and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                pass
        case {"relative": str(text), **rest} if not rest:
            match = RELATIVE.fullmatch(text)
            if match:
                return relative(match)
    raise _wrong(path, _('a value is text, a number, true, false, {"decimal"}, {"date"} or {"relative"}'))


def relative(match: re.Match[str]) -> Relative:
    amount = int(match[2])
    return Relative(-amount if match[1] == "-" else amount, match[3].lower())


def checked_number(number: int | Decimal, path: str = "", place: Place = NOWHERE) -> int | Decimal:
    """``number``, if a database can compare with it: at most 15 digits, 6 of them after the point."""
    exponent = Decimal(number).normalize().as_tuple().exponent
    if abs(number) >= 10**MAX_DIGITS or not isinstance(exponent, int) or exponent < -6:
        message = _("A number has at most 15 digits, 6 of them after the point.")
        raise _wrong(path, message) if path else RuleError([RuleProblem(message, place)])
    return number


def checked_text(text: str, place: Place = NOWHERE) -> str:
    """``text``, if it can be stored. Raises RuleError."""
    if len(text) > MAX_TEXT:
        raise RuleError([RuleProblem(_("A text may have %d characters at most.") % MAX_TEXT, place)])
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise RuleError([RuleProblem(_("This text holds a character that cannot be stored."), place)])
    return text


def _wrong(path: str, what: str) -> RuleError:
    where = _("The rule's JSON is wrong at %s: ") % path if path else _("The rule's JSON is wrong: ")
    return RuleError([RuleProblem(f"{where}{what}.")])
