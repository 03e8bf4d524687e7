"""What can go wrong with another shop's API, in words for staff."""

from __future__ import annotations


class ShopProblem(Exception):
    """The shop's API cannot be used as it is asked; the message says why and what to do."""


class ShopAway(ShopProblem):
    """The shop does not answer at the moment; later it may."""
