"""Rules as text: parsing with exact places of mistakes, and rendering that parses back to the same tree."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import gettext as _

from membership.rules.errors import Place, RuleError, RuleProblem, closest
from membership.rules.nodes import (
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

if TYPE_CHECKING:
    from lark import Lark, Token
    from lark.exceptions import UnexpectedInput

MAX_LENGTH = 10_000
GRAMMAR = r"""
?start: some

?some: all
     | all (_OR all)+                    -> any_of
?all:  term
     | term (_AND term)+                 -> all_of
?term: "(" some ")"
     | _NOT term                         -> negation
     | NAME OPERATOR value               -> comparison
     | NAME _BETWEEN value _AND value    -> between
     | NAME _IN "[" value ("," value)* "]"       -> among
     | NAME _NOT _IN "[" value ("," value)* "]"  -> not_among
     | NAME _CONTAINS value              -> contains
     | NAME _STARTS _WITH value          -> starts_with
     | NAME _IN _NEXT value              -> in_next
     | NAME _IN _LAST value              -> in_last
     | NAME _IS _SET                     -> is_set
     | NAME _IS _UNSET                   -> is_unset
     | NAME "(" [argument ("," argument)*] ")"   -> call
argument: NAME ":" value                 -> named
        | value                          -> plain
value: STRING -> string
     | NUMBER -> number
     | DATE -> day
     | RELATIVE -> stretch
     | TRUE -> yes
     | FALSE -> no
     | TODAY -> today
     | NAME -> word

_AND: "and"i
_OR: "or"i
_NOT: "not"i
_IN: "in"i
_BETWEEN: "between"i
_CONTAINS: "contains"i
_STARTS: "starts"i
_WITH: "with"i
_NEXT: "next"i
_LAST: "last"i
_IS: "is"i
_SET: "set"i
_UNSET: "unset"i
TRUE: "true"i
FALSE: "false"i
TODAY: "today"i
OPERATOR: "<=" | ">=" | "!=" | "=" | "<" | ">"
DATE.4: /\d{4}-\d{2}-\d{2}(?![0-9a-z_])/i
RELATIVE.3: /[+-]?\d{1,5}[dwmy](?![0-9a-z_])/i
NUMBER.2: /[+-]?\d+(\.\d+)?/
NAME: /[a-z_][a-z0-9_.]*/i
STRING: /"(?:[^"\\\x00-\x1f]|\\["\\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/

%ignore /\s+/
"""
_MIRRORED = {"“": '"', "”": '"', "'": '"', "‘": '"', "’": '"', "（": "(", "）": ")", "，": ",", "：": ":",
             "≥": ">=", "≤": "<=", "≠": "!=", "&": "and", "|": "or", "!": "not",
             "【": "[", "】": "]"}  # fmt: skip
"""What people type instead of what the language has."""


def parse(text: str) -> Node:
    """The tree of a rule's text. Raises RuleError with the place of the mistake."""
    from lark.exceptions import UnexpectedInput, VisitError

    if len(text) > MAX_LENGTH:
        raise RuleError([RuleProblem(_("A rule may have %d characters at most.") % MAX_LENGTH)])
    if not text.strip():
        raise RuleError([RuleProblem(_("The rule is empty; an example is tier = gold."), Place(1, 1))])
    try:
        node = cast("Node", _parser().parse(text))
    except UnexpectedInput as error:
        raise RuleError([_syntax_problem(error, text)]) from None
    except VisitError as error:
        raise error.orig_exc from None
    check_size(node)
    return node


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", transformer=_builder(), maybe_placeholders=False)


def _place(token: Token) -> Place:
    return Place(token.line or 0, token.column or 0)


Placed = tuple[Value, Place]


def _builder() -> Any:
    """The object whose methods lark calls for each alias of the grammar, children first."""
    from lark import Transformer

    methods: dict[str, Callable[[Any, list[Any]], Any]] = {
        "any_of": lambda _self, parts: Some(tuple(parts)),
        "all_of": lambda _self, parts: All(tuple(parts)),
        "negation": lambda _self, parts: Not(parts[0]),
        "comparison": lambda _self, parts: _condition(str(parts[1]), [parts[0], *parts[2:]]),
        "named": lambda _self, parts: (parts[0], parts[1]),
        "plain": lambda _self, parts: (None, parts[0]),
        "call": lambda _self, parts: _call(parts[0], parts[1:]),
    }
    for alias, op in _OPERATOR_OF.items():
        methods[alias] = lambda _self, parts, op=op: _condition(op, parts)  # type: ignore[misc]
    for alias, read in _VALUE_OF.items():
        methods[alias] = lambda _self, parts, read=read: (read(parts[0]), _place(parts[0]))  # type: ignore[misc]
    return type("Builder", (Transformer,), methods)()


_OPERATOR_OF = {
    "between": "between", "among": "in", "not_among": "not in", "contains": "contains",
    "starts_with": "starts with", "in_next": "in next", "in_last": "in last", "is_set": "is set",
    "is_unset": "is unset",
}  # fmt: skip


def _condition(op: str, parts: list[Any]) -> Condition:
    name: Token = parts[0]
    values: list[Placed] = parts[1:]
    if len(values) > MAX_VALUES:
        raise RuleError([RuleProblem(_("A list may have %d values at most.") % MAX_VALUES, values[-1][1])])
    places = tuple(place for _value, place in values)
    return Condition(str(name).lower(), op, tuple(value for value, _at in values), _place(name), places)


def _call(name: Token, arguments: list[tuple[Token | None, Placed]]) -> Node:
    if str(name).lower() == "segment":
        match arguments:
            case [(None, (str(key), _at))]:
                return InSegment(key, _place(name))
        message = _("A segment is named by its key.")
        raise RuleError([RuleProblem(message, _place(name), 'segment("vip")')])
    given: dict[str, tuple[Value, Place, Place]] = {}
    for argument, placed in arguments:
        if argument is None:
            message = _("Every argument here has a name, a colon and a value.")
            raise RuleError([RuleProblem(message, placed[1], f"category: {render_value(placed[0])}")])
        if str(argument).lower() in given:
            raise RuleError([RuleProblem(_("“%s” is given twice.") % argument, _place(argument))])
        given[str(argument).lower()] = (placed[0], _place(argument), placed[1])
    ordered = sorted(given.items(), key=lambda pair: pair[0])
    return Behaviour(
        str(name).lower(),
        tuple((key, value) for key, (value, _name_at, _value_at) in ordered),
        _place(name),
        tuple((key, name_at, value_at) for key, (_value, name_at, value_at) in ordered),
    )


def _string(token: Token) -> str:
    return checked_text(json.loads(token), _place(token))


def _number(token: Token) -> int | Decimal:
    if len(token) > 40:  # int() refuses thousands of digits with an error of its own
        raise RuleError([RuleProblem(_("A number has at most 15 digits."), _place(token))])
    return checked_number(Decimal(token) if "." in token else int(token), place=_place(token))


def _day(token: Token) -> date:
    try:
        return date.fromisoformat(token)
    except ValueError:
        message = _("“%s” is not a day of the calendar.") % token
        raise RuleError([RuleProblem(message, _place(token))]) from None


def _stretch(token: Token) -> Relative:
    match = RELATIVE.fullmatch(token)
    assert match is not None  # noqa: S101  # the terminal's own pattern
    return relative(match)


_VALUE_OF: dict[str, Callable[[Any], Value]] = {
    "string": _string,
    "number": _number,
    "day": _day,
    "stretch": _stretch,
    "yes": lambda _token: True,
    "no": lambda _token: False,
    "today": lambda _token: Relative(0, "d"),
    "word": lambda token: checked_text(str(token), _place(token)),
}


# --- mistakes --------------------------------------------------------------------------------------------


def _syntax_problem(error: UnexpectedInput, text: str) -> RuleProblem:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    place = Place(error.line, error.column)
    if isinstance(error, UnexpectedCharacters):
        letter = text[error.pos_in_stream] if error.pos_in_stream is not None else ""
        if letter == '"':
            return RuleProblem(_("This text has no closing quotation mark on its line."), place)
        message = _("“%s” means nothing here.") % letter
        return RuleProblem(message, place, _MIRRORED.get(letter, ""))
    if not isinstance(error, UnexpectedToken):
        return _ends_early(text)
    expected = set(error.accepts or error.expected)
    if error.token.type == "$END":
        return _ends_early(text, expected)
    word = str(error.token)
    suggestion = _stretch_meant(text, error.token) or closest(word, _words(expected))
    message = _("“%(word)s” was not expected here; expected: %(expected)s.")
    return RuleProblem(message % {"word": word, "expected": ", ".join(_words(expected))}, place, suggestion)


def _ends_early(text: str, expected: Iterable[str] = ()) -> RuleProblem:
    lines = text.rstrip().splitlines()
    place = Place(len(lines), len(lines[-1]) + 1)
    message = _("The rule ends too early; expected: %s.") % ", ".join(_words(expected))
    return RuleProblem(message, place, ")" if "RPAR" in expected else "")


def _stretch_meant(text: str, token: Token) -> str:
    """ "60d" for "60 days": a number followed by the word of a unit."""
    before = re.search(r"[+-]?\d{1,5}\s*$", text[: token.start_pos or 0])
    unit = re.fullmatch(r"(d|w|m|y)(ay|eek|onth|ear)?s?", str(token), re.IGNORECASE)
    return f"{before[0].strip()}{unit[1].lower()}" if before and unit else ""


def _words(terminals: Iterable[str]) -> list[str]:
    """Terminals of the grammar as people know them, each once."""
    known = {
        "LPAR": "(", "RPAR": ")", "LSQB": "[", "RSQB": "]", "COMMA": ",", "COLON": ":", "OPERATOR": "=",
        "NAME": _("a name"), "STRING": _("a value"), "NUMBER": _("a value"), "DATE": _("a value"),
        "RELATIVE": _("a value"), "TRUE": _("a value"), "FALSE": _("a value"), "TODAY": _("a value"),
        "$END": _("the end"),
    }  # fmt: skip
    return sorted({known.get(one, one.strip("_").lower()) for one in terminals})


# --- rendering -------------------------------------------------------------------------------------------

Names = Mapping[Ref, str]
NO_NAMES: Names = {}


def render(node: Node, names: Names = NO_NAMES) -> str:
    """The rule as text, ids by ``names``; ``parse`` makes the same tree of it, with names for ids.

    An id without a name is written as ``#12``, which no name can change and ``parse`` does not read.
    """
    match node:
        case Condition():
            return _render_condition(node, names)
        case Behaviour():
            inside = ", ".join(f"{name}: {render_value(value, names)}" for name, value in node.arguments)
            return f"{node.name}({inside})"
        case InSegment():
            return f"segment({render_value(node.segment, names)})"
        case Not():
            return f"not {_inside(node.part, (All, Some), names)}"
        case All():
            return " and ".join(_inside(part, (All, Some), names) for part in node.parts)
        case Some():
            return " or ".join(_inside(part, (Some,), names) for part in node.parts)


def _inside(node: Node, bracketed: tuple[type[All] | type[Some], ...], names: Names) -> str:
    text = render(node, names)
    return f"({text})" if isinstance(node, bracketed) else text


def _render_condition(node: Condition, names: Names) -> str:
    values = [render_value(value, names) for value in node.values]
    match node.op:
        case "between":
            return f"{node.field} between {values[0]} and {values[1]}"
        case "in" | "not in":
            return f"{node.field} {node.op} [{', '.join(values)}]"
    return " ".join([node.field, node.op, *values])


def render_value(value: Value, names: Names = NO_NAMES) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case Relative(0, "d"):
            return "today"
        case Ref():
            return json.dumps(names[value], ensure_ascii=False) if value in names else f"#{value.id}"
    return str(value)
