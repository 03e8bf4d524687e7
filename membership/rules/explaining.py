"""Why a member is in a segment or not: every condition with its outcome and the member's value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from membership.models import Member, SegmentMembership
from membership.rules.behaviours import one_member
from membership.rules.checking import May
from membership.rules.compiling import members_of
from membership.rules.language import Names, render
from membership.rules.names.written import names_of, value_names
from membership.rules.nodes import Behaviour, Condition, InSegment, Node, Not, Some, children, refs_of, row_id
from membership.rules.registry import FieldType, find_field


@dataclass(frozen=True)
class Explanation:
    """One node of the rule: ``holds`` for the member or not, and why.

    ``kind`` is condition, all, any or not; ``value`` is what the member has ("" for a group, and where the
    asker may not see it: then ``hidden``).
    """

    kind: str
    text: str
    holds: bool
    value: object = ""
    hidden: bool = False
    parts: list[Explanation] = field(default_factory=list)


def explain(rule: Node, *, member: Member, as_of: datetime, may: May) -> Explanation:
    """``rule`` taken apart for ``member``. Each condition is asked of the database as the segment asks it."""
    return _explained(rule, names_of(refs_of(rule)), member=member, as_of=as_of, may=may)


def _explained(rule: Node, names: Names, *, member: Member, as_of: datetime, may: May) -> Explanation:
    text = render(rule, names)
    match rule:
        case Condition() | Behaviour() | InSegment():
            holds = members_of(rule, as_of=as_of, among=[member.pk]).exists()
            value, hidden = _value(rule, member=member, as_of=as_of, may=may)
            return Explanation("condition", text, holds, value, hidden)
    parts = [_explained(part, names, member=member, as_of=as_of, may=may) for part in children(rule)]
    if isinstance(rule, Not):
        return Explanation("not", text, not parts[0].holds, parts=parts)
    if isinstance(rule, Some):
        return Explanation("any", text, any(part.holds for part in parts), parts=parts)
    return Explanation("all", text, all(part.holds for part in parts), parts=parts)


def _value(
    rule: Condition | Behaviour | InSegment, *, member: Member, as_of: datetime, may: May
) -> tuple[object, bool]:
    """What the member has, ready for JSON, and whether the asker may not see it."""
    if isinstance(rule, InSegment):
        stays = SegmentMembership.objects.current().filter(segment_id=row_id(rule.segment), member=member)
        return _plain(stays.values_list("entered_at", flat=True).first()), False
    if isinstance(rule, Behaviour):
        measured = one_member(rule, member_id=member.pk, as_of=as_of)
        return {name: _plain(value) for name, value in measured.items()}, False
    about = find_field(rule.field)
    if about is None or not may(about):
        return "", True
    values = [row["value"] for row in about.rows(as_of).filter(member_id=member.pk).values("value")]
    if about.type is FieldType.WORDS:
        return (value_names(about.kind, values) if about.kind else sorted(values)), False
    return _plain(values[0] if values else about.missing), False


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, (date, datetime)) else value
