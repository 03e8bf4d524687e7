"""When the members of a rule may next change only because time passes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from membership.rules.dates import start_of, today
from membership.rules.nodes import Behaviour, Condition, Node, Relative, walk
from membership.rules.registry import find_field


def next_change(rule: Node, *, as_of: datetime) -> datetime | None:
    """The first moment after ``as_of`` at which members may change by time alone; None if there is none.

    Relative dates are whole days of the shop's calendar, so they move at its midnights.
    """
    return min(_moments(rule, as_of=as_of), default=None)


def _moments(rule: Node, *, as_of: datetime) -> Iterator[datetime]:
    midnight = start_of(today(as_of) + timedelta(days=1))
    for node, _depth in walk(rule):
        values: tuple[object, ...] = ()
        if isinstance(node, Condition):
            values = node.values
            field = find_field(node.field)
            moves = field.moves_at(as_of) if field is not None and field.moves_at is not None else None
            if moves is not None:
                yield moves
        elif isinstance(node, Behaviour):
            values = tuple(value for _name, value in node.arguments)
        if any(isinstance(value, Relative) for value in values):
            yield midnight
