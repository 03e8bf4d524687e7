"""The decision on an order: lists, then rules, then the model (in a new shop, the amount), in a fixed order.

block list > allow list > rules that decline > rules that hold > rules that approve > the model. What staff
entered about one person or device outranks what they entered about orders in general, which outranks the
model. Of two that disagree the safer one counts, except that the allow list, which is for members whom rules
and models stop wrongly, outranks both.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fraud.models import DecidedBy, Decision, ListAction
from fraud.services.policies.policy import Setting
from fraud.services.policies.without_model import ByAmount


@dataclass(frozen=True)
class Circumstances:
    """All inputs of a decision. ``probability`` is None when no model answered, ``setting`` too where one is
    live; where none is, ``setting`` is ByAmount."""

    probability: float | None
    amount: float
    setting: Setting | ByAmount | None
    listed: Collection[str] = ()  # ListAction of each entry that matched
    rule_actions: Collection[str] = ()  # Decision of each live rule that hit
    is_suppressed: bool = False
    is_late: bool = False


@dataclass(frozen=True)
class Verdict:
    """The decision, and what it was made by."""

    decision: Decision
    decided_by: DecidedBy


def decide(given: Circumstances) -> Verdict:
    """The decision in the order above. *Review* where nothing else decides and no model answered."""
    if ListAction.BLOCK in given.listed:
        return Verdict(Decision.DECLINE, DecidedBy.BLOCK_LIST)
    if ListAction.ALLOW in given.listed:
        return Verdict(Decision.APPROVE, DecidedBy.ALLOW_LIST)
    for action in (Decision.DECLINE, Decision.REVIEW, Decision.APPROVE):
        if action in given.rule_actions:
            return Verdict(action, DecidedBy.RULE)
    if isinstance(given.setting, ByAmount):
        decision, by = given.setting.decide(amount=given.amount), DecidedBy.AMOUNT
    elif given.probability is None or given.setting is None:
        return Verdict(Decision.REVIEW, DecidedBy.TIME_OUT if given.is_late else DecidedBy.NO_MODEL)
    else:
        decision, by = given.setting.decide(given.probability, amount=given.amount), DecidedBy.POLICY
    if decision == Decision.REVIEW and given.is_suppressed:
        return Verdict(Decision.APPROVE, DecidedBy.SUPPRESSED)
    return Verdict(decision, by)
