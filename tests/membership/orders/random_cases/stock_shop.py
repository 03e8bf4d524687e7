"""How a shop oversells, for tests."""

from __future__ import annotations

from membership.models import ShopSettings
from membership.models.catalogue.stock import Oversell
from membership.models.shop import remember_shop


def oversell(policy: Oversell) -> None:
    """Let the shop do so with orders for more than there is."""
    row = ShopSettings.objects.get()
    row.oversell = policy
    row.save()
    remember_shop(row.as_shop())
