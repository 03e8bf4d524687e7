"""The versions of a segment's rule: what changed from one to the next, and back to an earlier one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from membership.errors import Conflict
from membership.models import Segment, SegmentVersion
from membership.rules.checking import May
from membership.rules.language import NO_NAMES, Names, render
from membership.rules.names.written import names_in, readable
from membership.rules.nodes import All, Node, Not, Some
from membership.rules.reading import read_rule
from membership.segments.by_rule import change_rule

if TYPE_CHECKING:
    from django.contrib.auth.models import User

INDENT = "    "


@dataclass(frozen=True)
class Line:
    """One line of a rule; ``change`` is "+" if it was added, "-" if removed, "" if it stayed."""

    text: str
    change: str = ""


@dataclass(frozen=True)
class Change:
    """A version beside the one before it."""

    version: SegmentVersion
    lines: list[Line]
    is_rule: bool


def changes(*, segment: Segment, most: int = 20) -> list[Change]:
    """The newest versions first, each as the lines of its rule with those added and removed."""
    versions = list(segment.versions.select_related("created_by").order_by("-number")[: most + 1])
    names = names_in(version.rule for version in versions)
    changes = []
    for position, version in enumerate(versions[:most]):
        before = versions[position + 1] if position + 1 < len(versions) else None
        now, then = _lines_of(version, names), _lines_of(before, names) if before is not None else None
        changes.append(Change(version, _compared(then, now or []), now is not None))
    return changes


def roll_back(*, segment: Segment, number: int, user: User | None, may: May) -> Segment:
    """Make the rule of an earlier version the newest. Raises Conflict, BadRule where it no longer fits."""
    version = segment.versions.filter(number=number).first()
    if version is None:
        message = _("Segment %(name)s has no version %(number)d.")
        raise Conflict(message % {"name": segment.name, "number": number})
    rule = read_rule(data=version.rule, may=may, segment=segment)  # names of the shop may be gone since
    return change_rule(segment=segment, rule=rule, user=user)


def laid_out(rule: Node, names: Names = NO_NAMES) -> list[str]:
    """The rule a condition a line, groups indented: what people compare."""
    return list(_laid_out(rule, "", names))


def _laid_out(rule: Node, indent: str, names: Names) -> Iterator[str]:
    match rule:
        case Not(part) if isinstance(part, (All, Some)):
            yield f"{indent}not ("
            yield from _laid_out(part, indent + INDENT, names)
            yield f"{indent})"
        case All(parts) | Some(parts):
            joiner = "and" if isinstance(rule, All) else "or"
            for position, part in enumerate(parts):
                if position:
                    yield f"{indent}{joiner}"
                if isinstance(part, (All, Some)):
                    yield f"{indent}("
                    yield from _laid_out(part, indent + INDENT, names)
                    yield f"{indent})"
                else:
                    yield from _laid_out(part, indent, names)
        case _:
            yield indent + render(rule, names)


def _lines_of(version: SegmentVersion, names: Names) -> list[str] | None:
    """None for a model's version: it has parameters instead of a rule."""
    rule = readable(version.rule)
    return laid_out(rule, names) if rule is not None else None


def _compared(then: Sequence[str] | None, now: Sequence[str]) -> list[Line]:
    if then is None:
        return [Line(text) for text in now]
    lines: list[Line] = []
    for tag, old, old_end, new, new_end in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [Line(text) for text in now[new:new_end]]
            continue
        lines += [Line(text, "-") for text in then[old:old_end]]
        lines += [Line(text, "+") for text in now[new:new_end]]
    return lines
