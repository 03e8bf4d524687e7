"""Sums of money that stay exact on both databases."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce, Round

from membership.models.exchange_rates import InShopCurrency


def exact_sum(column: str | InShopCurrency, *, of: Q | None = None) -> Round:
    """A sum of amounts, of the rows that ``of`` fits. SQLite adds floats, so the third decimal is rounded."""
    return Round(Coalesce(Sum(column, filter=of), Decimal(0)), precision=3)
