"""When a product that a member has bought may be offered to them again.

What staff set for the product decides (``buy_again_days``: 0 once, N not before N days), else what the
shop's own orders teach (``RepeatGap``): a product that is bought once, or the days within which hardly
anybody buys it again. Days are days of the shop's calendar.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from membership.models import Product
from membership.models.catalogue.showing import ONCE


def waits(product: Product) -> bool:
    """Whether a purchase withholds it, for a time or for ever. ``product`` comes from ``product_rows``."""
    return product.buy_again_days is not None or bool(_learned_once(product) or _learned_days(product))


def is_due(product: Product, *, bought_at: datetime, at: datetime) -> bool:
    """Whether it may be offered at ``at`` to a member who last bought it at ``bought_at``."""
    if product.buy_again_days == ONCE or (product.buy_again_days is None and _learned_once(product)):
        return False
    days = _learned_days(product) if product.buy_again_days is None else product.buy_again_days
    return timezone.localdate(bought_at) + timedelta(days=days) <= timezone.localdate(at)


def _learned_days(product: Product) -> int:
    return product.learned_days or 0  # type: ignore[attr-defined]  # of product_rows


def _learned_once(product: Product) -> bool:
    return bool(product.learned_once)  # type: ignore[attr-defined]  # of product_rows
