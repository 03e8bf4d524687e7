"""Exchange rates are stored: by staff, over the API, or from a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from membership.cleaning.values import Unclean, clean_currency
from membership.errors import rejected
from membership.models import ExchangeRate
from membership.models.exchange_rates import RATE_DECIMALS
from membership.models.shop import the_shop
from registry.queueing import queue_after_commit
from registry.tables.bulk import upsert_rows

SMALLEST = Decimal(1).scaleb(-RATE_DECIMALS)
LARGEST = Decimal(10) ** 9
TASK = "membership.tasks.apply_exchange_rates"
RATES_AT_ONCE = 500


@dataclass(frozen=True)
class RateDraft:
    """One unit of ``currency`` was worth ``rate`` units of the shop's on ``day``."""

    day: date
    currency: str
    rate: Decimal


@dataclass(frozen=True)
class StoredRates:
    """How many rates were new, how many changed, how many were there as they are."""

    created: int = 0
    updated: int = 0
    same: int = 0

    def __add__(self, other: StoredRates) -> StoredRates:
        return StoredRates(self.created + other.created, self.updated + other.updated, self.same + other.same)


def checked_rate(*, day: date, currency: str, rate: Decimal) -> RateDraft:
    """The rate as it is stored, with ten decimals. Raises Rejected."""
    try:
        code = clean_currency(currency)
    except Unclean:
        code = None
    if code is None:
        raise rejected("currency", _("This is not a currency; use ISO 4217, such as USD."))
    if code == the_shop().currency:
        raise rejected("currency", _("%s is the shop's own currency; it needs no rate.") % code)
    if not rate.is_finite() or not SMALLEST <= rate < LARGEST:
        raise rejected("rate", _("A rate lies between 0.0000000001 and 1,000,000,000."))
    return RateDraft(day, code, rate.quantize(SMALLEST, ROUND_HALF_UP))


def store_rates(*, rates: Iterable[RateDraft], source: str) -> StoredRates:
    """Store these rates, which ``checked_rate`` made; of several for one day and currency the last counts.

    Orders that they concern follow in the background, and the figures of their members.
    """
    wanted = {(one.currency, one.day): one.rate for one in rates}
    keys, result = sorted(wanted), StoredRates()
    for start in range(0, len(keys), RATES_AT_ONCE):
        some = {key: wanted[key] for key in keys[start : start + RATES_AT_ONCE]}
        with transaction.atomic():
            result += _store(some, source=source[:40])
    return result


def _store(wanted: dict[tuple[str, date], Decimal], *, source: str) -> StoredRates:
    days = [day for _code, day in wanted]
    within = Q(currency__in={code for code, _day in wanted}, day__gte=min(days), day__lte=max(days))
    known = {
        (code, day): rate
        for code, day, rate in ExchangeRate.objects.filter(within).values_list("currency", "day", "rate")
    }
    changed = {key: rate for key, rate in wanted.items() if known.get(key) != rate}
    if changed:
        now = timezone.now()
        upsert_rows(
            model=ExchangeRate,
            columns=("currency", "day", "rate", "source", "changed_at", "is_pending"),
            rows=[(*key, rate, source, now, True) for key, rate in changed.items()],
            conflict=("currency", "day"),
            update=("rate", "source", "changed_at", "is_pending"),
        )
        queue_after_commit(TASK)
    created = len(changed.keys() - known.keys())
    return StoredRates(created, len(changed) - created, len(wanted) - len(changed))
