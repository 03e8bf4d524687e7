"""Fraud in the admin: the alert desk, decisions, the policy with its slider, rules, lists."""

from fraud.admin import alerts, decisions, policies, rules

__all__ = ["alerts", "decisions", "policies", "rules"]
