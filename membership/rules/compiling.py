"""A checked rule as one query of members.

Every condition becomes ``id IN (a set of member ids)`` or its complement, and groups combine the sets:
nothing is computed member by member, and every part is true or false, never SQL's NULL, so that ``not`` is
the complement. Values travel as parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, Q, QuerySet
from django.db.models import Value as Parameter
from django.db.models.functions import ExtractDay, ExtractMonth, StrIndex
from django.db.models.sql.compiler import SQLCompiler

from membership.models import Member, SegmentMembership
from membership.rules.behaviours import AT_ALL, behaviour_members, bounds_of, measures, rows_of
from membership.rules.dates import day_of, end_of, moved, start_of, today, yearly_ranges
from membership.rules.nodes import (
    All,
    Behaviour,
    Condition,
    InSegment,
    Node,
    Not,
    Relative,
    Some,
    Value,
    row_id,
)
from membership.rules.registry import FieldType, Rows, SegmentField, find_field
from registry.tables.one_of import OneOf

NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "=", "in": "not in", "not in": "in"}
LOOKUPS = {"=": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


class AsciiLower(Func):
    """Lower case for A to Z alone: SQLite knows no more, and both databases must agree."""

    function = "LOWER"
    arity = 1

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template='LOWER(%(expressions)s COLLATE "C")', **context)


def ascii_lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def members_of(rule: Node, *, as_of: datetime, among: Sequence[int] | None = None) -> QuerySet[Member]:
    """The reachable members whom ``rule`` describes at ``as_of``. The rule must have been checked.

    With ``among`` only these members are looked at, and only their rows are read.
    """
    members = Member.objects.reachable().filter(condition(rule, as_of=as_of, among=among)).order_by()
    return members if among is None else members.filter(OneOf("pk", among))


def condition(rule: Node, *, as_of: datetime, among: Sequence[int] | None = None) -> Q:
    """The condition on ``Member`` that ``rule`` states; right for members of ``among``, where given."""
    match rule:
        case All(parts):
            return reduce(and_, (condition(part, as_of=as_of, among=among) for part in parts))
        case Some(parts):
            return reduce(or_, (_whole(condition(part, as_of=as_of, among=among)) for part in parts))
        case Not(part):
            return ~_whole(condition(part, as_of=as_of, among=among))
        case InSegment(segment):
            stays = SegmentMembership.objects.current().filter(segment_id=row_id(segment))
            return Q(pk__in=_of(stays.order_by(), among).values("member_id"))
        case Behaviour():
            return _behaviour(rule, as_of=as_of, among=among)
        case Condition():
            field = find_field(rule.field)
            if field is None:
                raise LookupError(f"no field {rule.field!r} is registered")
            return _condition(field, _of(field.rows(as_of), among), rule, as_of=as_of)


def _behaviour(rule: Behaviour, *, as_of: datetime, among: Sequence[int] | None) -> Q:
    bounds = bounds_of(rule)
    if all(bound == AT_ALL for bound in bounds):  # nothing needs to be counted
        return Q(pk__in=_of(rows_of(rule, as_of=as_of), among).values("member_id"))
    return behaviour_members(measures(rule, as_of=as_of, among=among), bounds)


def _of(rows: Rows, among: Sequence[int] | None) -> Rows:
    return rows if among is None else rows.filter(OneOf("member_id", among))


def _whole(condition: Q) -> Q:
    """``condition``; where it is empty (everybody), one that says so and can be negated."""
    return condition or Q(pk__isnull=False)


def _condition(field: SegmentField, rows: Rows, condition: Condition, *, as_of: datetime) -> Q:
    if condition.op in ("is set", "is unset"):
        known = Q(pk__in=rows.filter(value__isnull=False).values("member_id"))
        if field.missing is not None:
            known = Q(pk__isnull=False)
        return known if condition.op == "is set" else ~known
    if field.missing is not None and _compare(field.missing, condition.op, condition.values):
        # members without a row fit too, so leave out those who have one that does not fit
        others = Condition(condition.field, _opposite(condition.op), condition.values)
        return ~_in_rows(field, rows, others, as_of=as_of)
    return _in_rows(field, rows, condition, as_of=as_of)


def _opposite(op: str) -> str:
    return NEGATED.get(op, "not between")


def _compare(value: Any, op: str, given: tuple[Value, ...]) -> bool:
    """Whether a member whose number is ``value`` fits."""
    wanted: Any = given[0]
    match op:
        case "=" | "in":
            return value in given
        case "!=" | "not in":
            return value not in given
        case "<":
            return bool(value < wanted)
        case "<=":
            return bool(value <= wanted)
        case ">":
            return bool(value > wanted)
        case ">=":
            return bool(value >= wanted)
    upper: Any = given[1]
    return bool(wanted <= value <= upper)


def _in_rows(field: SegmentField, rows: Rows, condition: Condition, *, as_of: datetime) -> Q:
    match field.type:
        case FieldType.TEXT | FieldType.CHOICE:
            fitting = _text(rows, condition)
        case FieldType.WORDS:
            fitting = rows.filter(
                value__in=[row_id(value) if field.kind else value for value in condition.values]
            )
        case FieldType.DAY:
            fitting = rows.filter(_on_days("value", condition, as_of=as_of))
        case FieldType.MOMENT:
            fitting = rows.filter(_at_moments("value", condition, as_of=as_of))
        case FieldType.YEARLY:
            fitting = _every_year(rows, condition, as_of=as_of)
        case _:
            fitting = rows.filter(_compared("value", condition.op, condition.values))
    return Q(pk__in=fitting.values("member_id"))


def _compared(column: str, op: str, values: tuple[Any, ...]) -> Q:
    """Unknown never fits: NULL is left out also where a comparison is negated."""
    match op:
        case "!=":
            return Q(**{f"{column}__isnull": False}) & ~Q(**{column: values[0]})
        case "in":
            return Q(**{f"{column}__in": values})
        case "not in":
            return Q(**{f"{column}__isnull": False}) & ~Q(**{f"{column}__in": values})
        case "between":
            return Q(**{f"{column}__gte": values[0], f"{column}__lte": values[1]})
        case "not between":
            return Q(**{f"{column}__lt": values[0]}) | Q(**{f"{column}__gt": values[1]})
    return Q(**{f"{column}__{LOOKUPS[op]}": values[0]})


def _text(rows: Rows, condition: Condition) -> Rows:
    values = tuple(ascii_lower(str(value)) for value in condition.values)
    folded: Rows = rows.annotate(folded=AsciiLower("value"))
    if condition.op in ("contains", "starts with"):
        placed: Rows = folded.annotate(position=StrIndex("folded", Parameter(values[0]))).filter(
            value__isnull=False
        )
        return placed.filter(position=1) if condition.op == "starts with" else placed.filter(position__gt=0)
    return folded.filter(_compared("folded", condition.op, values))


def _days(condition: Condition, *, as_of: datetime) -> tuple[str, tuple[date, ...]]:
    """The operator and its days; "in next 7d" is a range that begins today."""
    if condition.op in ("in next", "in last"):
        first, last = window_of(condition, as_of=as_of)
        return "between", (first, last)
    days = tuple(
        day_of(value, as_of=as_of) for value in condition.values if isinstance(value, (date, Relative))
    )
    return condition.op, days


def window_of(condition: Condition, *, as_of: datetime) -> tuple[date, date]:
    """The first and last day of "in next 7d" or "in last 7d", today among them."""
    span, day = condition.values[0], today(as_of)
    assert isinstance(span, Relative)  # noqa: S101  # the rule was checked
    if condition.op == "in next":
        return day, moved(day, span)
    return moved(day, Relative(-span.amount, span.unit)), day


def _on_days(column: str, condition: Condition, *, as_of: datetime) -> Q:
    op, days = _days(condition, as_of=as_of)
    return _compared(column, op, days)


def _at_moments(column: str, condition: Condition, *, as_of: datetime) -> Q:
    """Moments are compared by their day in the shop's time zone, as ranges that an index can answer."""
    op, days = _days(condition, as_of=as_of)
    begins, ends = start_of(days[0]), end_of(days[-1])
    known = Q(**{f"{column}__isnull": False})
    match op:
        case "<":
            return Q(**{f"{column}__lt": begins})
        case "<=":
            return Q(**{f"{column}__lt": ends})
        case ">":
            return Q(**{f"{column}__gte": ends})
        case ">=":
            return Q(**{f"{column}__gte": begins})
        case "between":
            return Q(**{f"{column}__gte": begins, f"{column}__lt": ends})
    on_one = reduce(
        or_, (Q(**{f"{column}__gte": start_of(day), f"{column}__lt": end_of(day)}) for day in days)
    )
    return on_one if op in ("=", "in") else known & ~on_one


def _every_year(rows: Rows, condition: Condition, *, as_of: datetime) -> Rows:
    first, last = window_of(condition, as_of=as_of)
    number = ExtractMonth("value") * 100 + ExtractDay("value")
    ranges = [Q(day_number__range=pair) for pair in yearly_ranges(first, last)]
    # the day itself is not its own anniversary
    numbered: Rows = rows.filter(value__lt=first).annotate(day_number=number)
    return numbered.filter(reduce(or_, ranges))
