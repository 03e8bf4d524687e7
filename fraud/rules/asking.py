"""Asking all rules about one order: which of them describe it, and from what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fraud.rules.evaluating import holds
from fraud.rules.facts import Fact, facts_of, member_leaves, member_truths, order_field_names
from fraud.rules.fields import find_order_field
from learning.json_types import JsonObject
from membership.models import Order
from membership.rules.nodes import Node
from membership.rules.registry import FieldType

if TYPE_CHECKING:
    from fraud.rules.evaluating import Column


@dataclass(frozen=True)
class EvaluatedRule:
    """The newest version of a rule that is live, or in shadow."""

    version_id: int
    rule_id: int
    name: str
    node: Node
    action: str
    is_live: bool


@dataclass(frozen=True)
class RuleOutcome:
    """``facts`` and ``members`` are what the rules saw; ``hits`` the rules that describe the order."""

    evaluated: Sequence[int] = ()  # ids of FraudRuleVersion
    hits: Sequence[EvaluatedRule] = ()
    facts: Mapping[str, Fact] = field(default_factory=dict)
    members: Mapping[str, bool] = field(default_factory=dict)

    def as_logged(self) -> JsonObject:
        hits = [
            {"version": hit.version_id, "name": hit.name, "action": hit.action, "live": hit.is_live}
            for hit in self.hits
        ]
        return {"asked": list(self.evaluated), "hits": hits} if self.evaluated else {}


def ask_rules(rules: Sequence[EvaluatedRule], *, order: Order, probability: float | None) -> RuleOutcome:
    """At most one query for the order's facts and one for its member's, however many rules there are."""
    if not rules:
        return RuleOutcome()
    nodes = [rule.node for rule in rules]
    facts = facts_of(order, names=order_field_names(nodes), probability=probability)
    members = member_truths(member_leaves(nodes), member_id=order.member_id, as_of=order.placed_at)
    hits = [rule for rule in rules if describes(rule.node, facts=facts, members=members)]
    return RuleOutcome([rule.version_id for rule in rules], hits, facts, members)


def describes(node: Node, *, facts: Mapping[str, Fact], members: Mapping[str, bool]) -> bool:
    """Whether a rule describes the order with these facts; the same from a log as at checkout."""
    return bool(holds(node, fact=lambda name: _column(name, facts[name]), members=members, n=1)[0])


def _column(name: str, value: Fact) -> Column:
    """One fact as the column of one order."""
    import numpy as np

    known_field = find_order_field(name)
    if known_field is not None and known_field.type in (FieldType.TEXT, FieldType.CHOICE):
        return np.array([value or ""], object)
    return np.array([np.nan if value is None else value], float)
