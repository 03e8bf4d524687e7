"""This app in the admin: stored lists, a comparison of versions, the shop's rules, experiments."""

from recommendations.admin import experiments, lists, rules

__all__ = ["experiments", "lists", "rules"]
