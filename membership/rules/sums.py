"""Sums of money that stay exact on both databases."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import Coalesce, Round


def exact_sum(column: str) -> object:
    """A sum of amounts. SQLite adds floats, so the sum is rounded to the third decimal."""
    return Round(Coalesce(Sum(column), Decimal(0)), precision=3)
