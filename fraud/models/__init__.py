"""Which orders deserve a second look, and what was decided."""

from fraud.models.alerts import AlertNote, AlertReview, FraudAlert, Suppression
from fraud.models.decisions import DecidedBy, Decision, DecisionLog, FraudScore
from fraud.models.policies import DecisionPolicy, PastScores
from fraud.models.rules import (
    Backtest,
    FraudRule,
    FraudRuleUse,
    FraudRuleVersion,
    ListAction,
    ListEntry,
    ListKind,
    RuleHit,
    RuleState,
)
from membership.models.append_only import NeverChangedError

__all__ = [
    "AlertNote",
    "AlertReview",
    "Backtest",
    "DecidedBy",
    "Decision",
    "DecisionLog",
    "DecisionPolicy",
    "FraudAlert",
    "FraudRule",
    "FraudRuleUse",
    "FraudRuleVersion",
    "FraudScore",
    "ListAction",
    "ListEntry",
    "ListKind",
    "NeverChangedError",
    "PastScores",
    "RuleHit",
    "RuleState",
    "Suppression",
]
