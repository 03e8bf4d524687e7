"""Fraud in the admin: the alert desk, the policy with its slider, rules, lists."""

from fraud.admin import alerts, policies, rules

__all__ = ["alerts", "policies", "rules"]
