"""How many of a file's orders count, and what they come to, as the report says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db.models import Sum

from importing.columns import MONEY_DECIMALS
from importing.files.frames import Outcome
from importing.kinds.lookups import slices
from membership.models import Order
from registry.tables.columns import Coded, Column, Scaled


def tally_new(outcome: Outcome, columns: Mapping[str, Column]) -> None:
    """Orders that are being written, from their columns."""
    import numpy as np

    status, currency, total = columns["status"], columns["currency"], columns["total"]
    if not (isinstance(status, Coded) and isinstance(currency, Coded) and isinstance(total, Scaled)):
        raise TypeError("an order's status and currency are codes, its total is scaled")
    counted = np.array([word in Order.COUNTED for word in status.values])[status.codes]
    is_return = total.units < 0
    outcome.tallies["orders.counted"] += int(counted.sum())
    for code, name in enumerate(currency.values):
        rows = (currency.codes == code) & (counted | is_return)
        if rows.any():
            outcome.tallies[f"net_sales.{name}"] += int(total.units[rows].sum())


def tally_stored(outcome: Outcome, order_ids: Sequence[int]) -> None:
    """Orders that were stored before, as they stand now."""
    for some in slices(order_ids):
        orders = Order.objects.filter(pk__in=some)
        outcome.tallies["orders.counted"] += orders.counted().count()
        sums = orders.sales().order_by().values("currency").annotate(sum=Sum("total"))
        for currency, total in sums.values_list("currency", "sum"):
            scaled = Decimal(total).scaleb(MONEY_DECIMALS).to_integral_value()
            outcome.tallies[f"net_sales.{currency}"] += int(scaled)
