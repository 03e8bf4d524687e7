"""The stored form of a rule: canonical, versioned JSON, which never changes with the shop's names.

```
{"version": 1, "where": {"all": [
    {"field": "tier", "op": "in", "values": ["gold", "platinum"]},
    {"behaviour": "bought", "with": {"category": {"category": 12}, "within": {"relative": "60d"}}},
    {"not": {"segment": 7}}]}}
```

Values are text, whole numbers, booleans, ``{"decimal": "12.50"}``, ``{"date": "2026-03-01"}``,
``{"relative": "-60d"}`` or the id of a row, ``{"category": 12}``, so that nothing is rounded and nothing is
guessed. Whoever sends a rule may write names instead of ids; what is stored has ids.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from membership.rules.errors import RuleError, RuleProblem
from membership.rules.nodes import (
    KINDS,
    MAX_DEPTH,
    MAX_NODES,
    MAX_VALUES,
    RELATIVE,
    All,
    Behaviour,
    Condition,
    InSegment,
    Node,
    Not,
    Ref,
    Relative,
    Some,
    Value,
    check_size,
    checked_number,
    checked_text,
    relative,
)

VERSION = 1
OPERATORS = (
    "=", "!=", "<", "<=", ">", ">=", "between", "in", "not in", "contains", "starts with",
    "in next", "in last", "is set", "is unset",
)  # fmt: skip
VALUES_OF = {"between": 2, "is set": 0, "is unset": 0, "in": None, "not in": None}
"""How many values an operator takes, where it is not one; None: one or more."""
MAX_ID = 2**63 - 1


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
            return {"segment": node.segment.id if isinstance(node.segment, Ref) else node.segment}
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
        case Ref(kind, pk):
            return {kind: pk}
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
        case {"segment": int(pk), **rest} if not rest and _is_id(pk):
            return InSegment(Ref("segment", pk))
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
            return _number(data, path)
        case float():
            return _number(Decimal(repr(data)), path)
        case str():
            return checked_text(data)
        case Mapping() if len(data) == 1 and (value := _marked(data, path)) is not None:
            return value
    message = _('a value is text, a number, true, false, {"decimal"}, {"date"}, {"relative"} or an id')
    raise _wrong(path, message)


def _marked(data: Mapping[str, object], path: str) -> Value | None:
    """The value of an object whose only key says what it is; None for another."""
    match data:
        case {"decimal": str(text)} if re.fullmatch(r"-?\d{1,20}(\.\d{1,20})?", text):
            # text writes 5, not 5., so a decimal without a fraction is a whole number
            return _number(Decimal(text) if "." in text else int(text), path)
        case {"date": str(text)} if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                pass
        case {"relative": str(text)}:
            match = RELATIVE.fullmatch(text)
            if match:
                return relative(match)
        case _:
            ((kind, pk),) = data.items()
            if kind in KINDS and isinstance(pk, int) and _is_id(pk):
                return Ref(kind, pk)
    return None


def _is_id(pk: object) -> bool:
    return isinstance(pk, int) and not isinstance(pk, bool) and 0 < pk <= MAX_ID


def _number(number: int | Decimal, path: str) -> int | Decimal:
    try:
        return checked_number(number)
    except RuleError as error:
        raise _wrong(path, str(error).rstrip(".。")) from None


def _wrong(path: str, what: str) -> RuleError:
    where = _("The rule's JSON is wrong at %s: ") % path if path else _("The rule's JSON is wrong: ")
    return RuleError([RuleProblem(f"{where}{what}.")])
