"""Holding a rule against orders: as in segments, every part is true or false, and unknown never fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fraud.rules.fields import find_order_field
from membership.rules.compiling import ascii_lower
from membership.rules.language import render
from membership.rules.nodes import All, Behaviour, Condition, InSegment, Node, Not, Some, walk
from membership.rules.registry import FieldType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Truths = NDArray[np.bool_]
    Column = NDArray[np.generic]

Leaf = Condition | Behaviour | InSegment


def is_about_member(leaf: Leaf) -> bool:
    """Whether the database answers it by the member, and not the facts of the order."""
    return not isinstance(leaf, Condition) or find_order_field(leaf.field) is None


def leaves(rule: Node) -> list[Leaf]:
    return [one for one, _depth in walk(rule) if isinstance(one, Condition | Behaviour | InSegment)]


def order_fields_of(rule: Node) -> list[str]:
    """The names of the facts that ``rule`` asks about the order."""
    names = [one.field for one in leaves(rule) if isinstance(one, Condition) and not is_about_member(one)]
    return list(dict.fromkeys(names))


def holds(
    rule: Node, *, fact: Callable[[str], Column], members: Mapping[str, Truths | bool], n: int
) -> Truths:
    """(n,) whether ``rule`` describes each order.

    ``fact(name)`` is the (n,) column of a field; ``members`` maps the text of each leaf about the member to
    its (n,) truths.
    """
    import numpy as np

    match rule:
        case All(parts):
            return np.asarray(
                np.logical_and.reduce([holds(one, fact=fact, members=members, n=n) for one in parts])
            )
        case Some(parts):
            return np.asarray(
                np.logical_or.reduce([holds(one, fact=fact, members=members, n=n) for one in parts])
            )
        case Not(part):
            return ~holds(part, fact=fact, members=members, n=n)
    if not is_about_member(rule):
        assert isinstance(rule, Condition)  # noqa: S101  # only conditions are about orders
        field = find_order_field(rule.field)
        assert field is not None  # noqa: S101  # or it would be about the member
        return _compared(field.type, fact(rule.field), rule)
    return np.broadcast_to(np.asarray(members[render(rule)], bool), n)


def _compared(kind: FieldType, values: Column, condition: Condition) -> Truths:
    import numpy as np

    if kind in (FieldType.TEXT, FieldType.CHOICE):
        known = values != ""
        folded = np.array([ascii_lower(value) for value in values.tolist()], object)
        fits = _text_fits(folded, condition.op, [ascii_lower(str(value)) for value in condition.values])
    else:
        known = ~np.isnan(values)
        fits = _number_fits(values, condition.op, [float(value) for value in condition.values])  # type: ignore[arg-type]  # checked
    if condition.op == "is unset":
        return np.asarray(~known)
    return np.asarray(known & fits, bool)


def _text_fits(values: NDArray[np.object_], op: str, given: list[str]) -> Truths:
    import numpy as np

    match op:
        case "=" | "in":
            return np.isin(values, given)
        case "!=" | "not in":
            return ~np.isin(values, given)
        case "contains":
            return np.array([given[0] in value for value in values], bool)
        case "starts with":
            return np.array([value.startswith(given[0]) for value in values], bool)
    return np.ones(len(values), bool)  # is set


def _number_fits(values: NDArray[np.float64], op: str, given: list[float]) -> Truths:
    import numpy as np

    match op:
        case "=" | "in":
            return np.isin(values, given)
        case "!=" | "not in":
            return ~np.isin(values, given)
        case "<":
            return values < given[0]
        case "<=":
            return values <= given[0]
        case ">":
            return values > given[0]
        case ">=":
            return values >= given[0]
        case "between":
            return (values >= given[0]) & (values <= given[1])
    return np.ones(len(values), bool)  # is set
