"""All that is wrong with a rule, and the rule as it is stored: with ids in the place of names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from django.utils.translation import gettext as _

from membership.models import Segment
from membership.rules.behaviours import ARGUMENTS, BOUNDS, COUNTS, TIMES
from membership.rules.dates import day_of
from membership.rules.errors import Place, RuleError, RuleProblem, closest
from membership.rules.names.finding import ARGUMENT_NAMES, NAMES, NameMatch
from membership.rules.nodes import All, Behaviour, Condition, InSegment, Node, Not, Ref, Relative, Some, Value
from membership.rules.registry import FieldType, SegmentField, segment_fields
from membership.rules.stored import reached_from

_EQUAL = ("=", "!=", "in", "not in")
_ORDERED = ("<", "<=", ">", ">=", "between")
_KNOWN = ("is set", "is unset")
_AROUND = ("in next", "in last")
OPERATORS_OF: dict[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: (*_EQUAL, "contains", "starts with", *_KNOWN),
    FieldType.CHOICE: (*_EQUAL, *_KNOWN),
    FieldType.WORDS: ("contains", "in", *_KNOWN),
    FieldType.INTEGER: (*_EQUAL, *_ORDERED, *_KNOWN),
    FieldType.DECIMAL: (*_EQUAL, *_ORDERED, *_KNOWN),
    FieldType.BOOLEAN: ("=", "!=", *_KNOWN),
    FieldType.DAY: (*_EQUAL, *_ORDERED, *_AROUND, *_KNOWN),
    FieldType.MOMENT: (*_EQUAL, *_ORDERED, *_AROUND, *_KNOWN),
    FieldType.YEARLY: (*_AROUND, *_KNOWN),
}
MAX_WINDOW_DAYS = 1_830
MAX_NUMBER = 10**11
DAYS_IN = {"d": 1, "w": 7, "m": 31, "y": 366}
May = Callable[[SegmentField], bool]
"""Whether whoever asks may use a field."""


def everything(field: SegmentField) -> bool:
    """For the program's own use."""
    return True


def check_rule(
    rule: Node,
    *,
    as_of: datetime,
    may: May,
    segment: Segment | None = None,
    more: Mapping[str, SegmentField] | None = None,
) -> Node:
    """``rule`` with choices and countries in their stored form, and ids for names. Raises RuleError.

    ``segment`` is the one that the rule is for: it may not refer to itself, not even by a detour. ``more``
    are fields that only this kind of rule may ask, of an order say; they come before a member's.
    """
    checker = _Checker(as_of=as_of, may=may, segment=segment, more=more or {})
    checked = checker.node(rule)
    if checker.problems:
        raise RuleError(checker.problems)
    return checked


@dataclass
class _Checker:
    as_of: datetime
    may: May
    segment: Segment | None
    more: Mapping[str, SegmentField]
    problems: list[RuleProblem] = field(default_factory=list)

    def wrong(self, message: str, place: Place, suggestion: str = "") -> None:
        self.problems.append(RuleProblem(message, place, suggestion))

    def node(self, rule: Node) -> Node:
        match rule:
            case All(parts):
                return All(tuple(self.node(part) for part in parts))
            case Some(parts):
                return Some(tuple(self.node(part) for part in parts))
            case Not(part):
                return Not(self.node(part))
            case InSegment():
                return self.in_segment(rule)
            case Behaviour():
                return self.behaviour(rule)
            case Condition():
                return self.condition(rule)

    # --- fields ------------------------------------------------------------------------------------------
    def condition(self, rule: Condition) -> Condition:
        fields = {**segment_fields(), **self.more}
        known = {name: one for name, one in fields.items() if self.may(one)}
        about = known.get(rule.field)
        if about is None:
            guess = closest(rule.field, known)
            message = _("unknown field `%s`") % rule.field
            if guess:
                message += _("; did you mean `%s`?") % guess
            self.wrong(message, rule.place, guess)
            return rule
        if rule.op not in OPERATORS_OF[about.type]:
            message = _("`%(field)s` does not take the operator “%(op)s”; it takes: %(right)s.") % {
                "field": rule.field, "op": rule.op, "right": ", ".join(OPERATORS_OF[about.type]),
            }  # fmt: skip
            self.wrong(message, rule.place, self.operator_meant(rule, about))
            return rule
        clean = partial(self.value, about, rule.op)
        values = tuple(clean(value, rule.value_place(index)) for index, value in enumerate(rule.values))
        if rule.op == "between":
            self.check_order(values, rule)
        return replace(rule, values=values)

    def operator_meant(self, rule: Condition, about: SegmentField) -> str:
        if about.type is FieldType.WORDS and rule.op == "=":
            return f"{rule.field} contains"
        return ""

    def value(self, about: SegmentField, op: str, value: Value, place: Place) -> Value:
        """The stored form of one value; what is wrong with it is noted."""
        if op in _AROUND:
            return self.span(value, place, longest=365 if about.type is FieldType.YEARLY else MAX_WINDOW_DAYS)
        match about.type:
            case FieldType.TEXT:
                return self.text(about, op, value, place)
            case FieldType.CHOICE | FieldType.WORDS:
                return self.choice(about, value, place) if not about.kind else self.tag(about, value, place)
            case FieldType.BOOLEAN:
                if not isinstance(value, bool):
                    self.wrong(_("`%s` is true or false.") % about.name, place, "true")
            case FieldType.DAY | FieldType.MOMENT:
                self.day(about.name, value, place)
            case _:
                whole = about.type is FieldType.INTEGER
                self.number(about.name, value, place, decimals=0 if whole else about.decimals)
        return value

    def text(self, about: SegmentField, op: str, value: Value, place: Place) -> Value:
        if not isinstance(value, str) or not value:
            self.wrong(_("`%s` is compared with a text in quotation marks.") % about.name, place)
        elif about.clean is not None and op not in ("contains", "starts with"):
            try:
                return about.clean(value)
            except ValueError as error:
                self.wrong(str(error), place)
        return value

    def choice(self, about: SegmentField, value: Value, place: Place) -> Value:
        choices = [key for key, _label in about.choices()] if about.choices else []
        by_folded = {key.casefold(): key for key in choices}
        stored = by_folded.get(value.casefold()) if isinstance(value, str) else None
        if stored is not None:
            return stored
        message = _("`%(field)s` has no value “%(value)s”; it has: %(known)s.") % {
            "field": about.name, "value": value, "known": _listed(choices),
        }  # fmt: skip
        self.wrong(message, place, closest(str(value), choices))
        return value

    def tag(self, about: SegmentField, value: Value, place: Place) -> Value:
        if not isinstance(value, str):
            self.wrong(_("`%s` is compared with a text in quotation marks.") % about.name, place)
            return value
        return self.named(NAMES[about.kind](value), place)

    def named(self, match: NameMatch, place: Place) -> str | Ref:
        """What is stored for a name; what is wrong with it is noted."""
        if match.problem:
            self.wrong(match.problem, place, match.suggestion)
        return match.stored

    def number(
        self, name: str, value: Value, place: Place, *, decimals: int, least: int | None = None
    ) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            self.wrong(_("`%s` is compared with a number.") % name, place)
        elif not -MAX_NUMBER < value < MAX_NUMBER:
            self.wrong(_("This number is too large: `%s` has at most 11 digits.") % name, place)
        elif Decimal(value) != round(Decimal(value), decimals):
            right = format(round(Decimal(value), decimals), "f")
            message = _("`%(name)s` has %(decimals)d digits after the point.") if decimals else _(
                "`%(name)s` is a whole number."
            )  # fmt: skip
            self.wrong(message % {"name": name, "decimals": decimals}, place, right)
        elif least is not None and value < least:
            self.wrong(_("`%(name)s` is %(least)d or more.") % {"name": name, "least": least}, place)

    def day(self, name: str, value: Value, place: Place) -> None:
        if not isinstance(value, (date, Relative)):
            message = _("`%s` is compared with a day, as 2026-03-01, today or -60d.") % name
            self.wrong(message, place, f"-{value}d" if isinstance(value, int) and value > 0 else "")
            return
        try:
            day_of(value, as_of=self.as_of)
        except OverflowError:
            self.wrong(_("Days lie between 1900 and 2200."), place)

    def span(self, value: Value, place: Place, *, longest: int) -> Value:
        if not isinstance(value, Relative) or value.amount < 0:
            self.wrong(_("A length of time is a number with d, w, m or y, as 7d."), place, "7d")
        elif value.amount * DAYS_IN[value.unit] > longest + (1 if value.unit == "y" else 0):
            self.wrong(_("A length of time is %d days at most here.") % longest, place, f"{longest}d")
        return value

    def check_order(self, values: tuple[Value, ...], rule: Condition) -> None:
        """The lower bound comes first."""
        if self.problems:
            return
        first, last = (
            day_of(one, as_of=self.as_of) if isinstance(one, (date, Relative)) else one for one in values
        )
        if first > last:  # type: ignore[operator]  # both were checked to be of the field's type
            self.wrong(_("The second bound lies before the first: swap them."), rule.value_place(1))

    # --- behaviours ----------------------------------------------------------------------------------------
    def behaviour(self, rule: Behaviour) -> Behaviour:
        known = ARGUMENTS.get(rule.name)
        if known is None:
            guess = closest(rule.name, [*ARGUMENTS, "segment"])
            message = _("unknown behaviour `%(name)s`; there are: %(known)s.")
            self.wrong(
                message % {"name": rule.name, "known": ", ".join([*ARGUMENTS, "segment"])}, rule.place, guess
            )
            return rule
        arguments = []
        for name, value in rule.arguments:
            if name not in known:
                message = _("`%(behaviour)s` has no argument `%(name)s`; it has: %(known)s.") % {
                    "behaviour": rule.name, "name": name, "known": ", ".join(known),
                }  # fmt: skip
                self.wrong(message, rule.name_place(name), closest(name, known))
                continue
            arguments.append((name, self.argument(name, value, rule.value_place(name))))
        if not self.problems:
            self.check_bounds(rule)
        return replace(rule, arguments=tuple(arguments))

    def argument(self, name: str, value: Value, place: Place) -> Value:
        if name in COUNTS or name.startswith("units_"):
            self.number(name, value, place, decimals=0, least=0)
        elif name in BOUNDS:
            self.number(name, value, place, decimals=3, least=0)
        elif name == "within":
            return self.span(value, place, longest=MAX_WINDOW_DAYS)
        elif name in TIMES:
            self.day(name, value, place)
        elif not isinstance(value, str):
            self.wrong(_("`%s` is a text in quotation marks.") % name, place)
        else:
            return self.named(ARGUMENT_NAMES[name](value), place)
        return value

    def check_bounds(self, rule: Behaviour) -> None:
        """Bounds that contradict each other describe nobody, which nobody means."""
        given = dict(rule.arguments)
        if "exactly" in given and ("at_least" in given or "at_most" in given):
            self.wrong(_("Either `exactly`, or `at_least` and `at_most`."), rule.name_place("exactly"))
        for least, most in (("at_least", "at_most"), ("units_at_least", "units_at_most"),
                            ("spend_at_least", "spend_at_most")):  # fmt: skip
            if least in given and most in given and given[least] > given[most]:  # type: ignore[operator]
                message = _("`%(least)s` is more than `%(most)s`: nobody can be both.")
                self.wrong(message % {"least": least, "most": most}, rule.name_place(least))

    # --- other segments --------------------------------------------------------------------------------
    def in_segment(self, rule: InSegment) -> InSegment:
        match = NAMES["segment"](str(rule.segment))
        found = self.named(match, rule.place)
        if isinstance(found, Ref) and self.segment is not None and self.segment.pk in reached_from(found.id):
            message = _("Segment “%(other)s” refers to “%(own)s”, so “%(own)s” cannot refer to it.")
            self.wrong(message % {"other": rule.segment, "own": self.segment.key}, rule.place)
        return replace(rule, segment=found)


def _listed(words: Iterable[str], *, most: int = 12) -> str:
    known = list(words)
    return ", ".join(known[:most]) + ("…" if len(known) > most else "")
