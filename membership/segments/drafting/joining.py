"""The parts of a sentence joined to one rule with all, any and not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from membership.rules.nodes import All, Condition, Node, Not, Some
from membership.segments.drafting.activities import Activity
from membership.segments.drafting.tokens import Kind


@dataclass
class Part:
    """One condition or activity of the sentence, and the connector before it."""

    connector: Kind
    text: str
    node: Node | None = None
    activity: Activity | None = None
    negated: bool = False
    excepted: bool = False

    @property
    def plain(self) -> Condition | None:
        """A condition "this field is this value", which can join others of the field in a list."""
        node = self.node
        return node if isinstance(node, Condition) and node.op in ("=", "contains") else None


@dataclass
class Group:
    connector: Kind
    node: Node


def grouped(parts: Sequence[Part], unsure: list[str]) -> list[Group]:
    """One group of the neighbours that share a verb or a field ("tea or chocolate", "gold and platinum")."""
    groups: list[list[Part]] = []
    for part in parts:
        if groups and _belongs(groups[-1][-1], part):
            groups[-1].append(part)
        else:
            groups.append([part])
    result: list[Group] = []
    before: Activity | None = None
    for group in groups:
        if group[0].activity is not None:
            activities = [part.activity for part in group if part.activity is not None]
            if activities[0].is_elliptical and not any(not one.is_elliptical for one in activities):
                unsure.append(_("“%s” was read as having bought it.") % group[0].text)
            _complete(activities, before, leading=group[0].connector, unsure=unsure)
            before = activities[-1]
            node = _activities_node(group, activities)
        else:
            node = _values_node(group)
        result.append(Group(group[0].connector, Not(node) if group[0].excepted else node))
    return result


def _belongs(before: Part, part: Part) -> bool:
    if part.connector is Kind.BOUND or before.excepted != part.excepted:
        return False
    if before.activity is not None and part.activity is not None:
        return part.activity.is_elliptical or before.activity.is_elliptical
    one, other = before.plain, part.plain
    if one is None or other is None or one.field != other.field or one.op != other.op:
        return False
    return (
        not part.negated
        and (one.field != "tags" or part.connector is not Kind.AND)
        and "consent" not in one.field
    )


def _values_node(group: Sequence[Part]) -> Node:
    node = group[0].node
    assert node is not None  # noqa: S101  # parts are conditions or activities
    if len(group) > 1:
        conditions = [part.plain for part in group]
        values = tuple(dict.fromkeys(one.values[0] for one in conditions if one is not None))
        node = Condition(conditions[0].field if conditions[0] else "", "in", values)
    return Not(node) if group[0].negated else node


def _complete(
    activities: Sequence[Activity], before: Activity | None, *, leading: Kind, unsure: list[str]
) -> None:
    """Copy to every activity what the sentence says only once: verb, period, number, products."""
    with_verb = next((one for one in activities if not one.is_elliptical), None)
    for index, activity in enumerate(activities):
        near = [*reversed(activities[:index]), *activities[index + 1 :]]
        if activity.is_elliptical:
            activity.take_verb(with_verb)
        if not activity.never and len(activities) > 1:
            activity.take_window(next((one for one in near if one.window), None))
            activity.take_bounds(next((one for one in near if one.bounds), None))
    if before is not None and leading is not Kind.BOUND:
        activities[0].follow(before, unsure)


def _activities_node(group: Sequence[Part], activities: Sequence[Activity]) -> Node:
    nodes = [activity.node() for activity in activities]
    if len(nodes) == 1:
        return nodes[0]
    either = any(part.connector is Kind.OR for part in group[1:])
    if activities[0].negated and not any(activity.negated for activity in activities[1:]):
        inner = [node.part if isinstance(node, Not) else node for node in nodes]
        return Not(Some(tuple(inner)))  # "has not bought tea or coffee": neither
    return Some(tuple(nodes)) if either else All(tuple(nodes))


def joined(groups: Sequence[Group], unsure: list[str]) -> Node:
    """The whole rule: "and" has precedence over "or", within each description ("members who …")."""
    descriptions: list[list[Group]] = []
    for group in groups:
        if not descriptions or group.connector is Kind.BOUND:
            descriptions.append([group])
        else:
            descriptions[-1].append(group)
    return _all([_description(one, unsure) for one in descriptions])


def _description(groups: Sequence[Group], unsure: list[str]) -> Node:
    alternatives: list[list[Node]] = [[]]
    for index, group in enumerate(groups):
        if index and group.connector is Kind.OR:
            alternatives.append([])
        alternatives[-1].append(group.node)
    if len(alternatives) > 1 and any(len(one) > 1 for one in alternatives):
        unsure.append(_("“and” was given precedence over “or”."))
    nodes = [_all(one) for one in alternatives]
    return nodes[0] if len(nodes) == 1 else Some(tuple(nodes))


def _all(nodes: Sequence[Node]) -> Node:
    flat: list[Node] = []
    for node in nodes:
        flat += node.parts if isinstance(node, All) else [node]
    return flat[0] if len(flat) == 1 else All(tuple(flat))
