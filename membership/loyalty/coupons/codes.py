"""Codes of coupons."""

from __future__ import annotations

import secrets

DIGITS = "23456789"
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ" + DIGITS
"""Without those that are read as another."""


def new_code(first: str) -> str:
    """Twelve letters and digits that begin with ``first``, a digit the second: never a word."""
    return first + secrets.choice(DIGITS) + "".join(secrets.choice(LETTERS) for _place in range(10))
