"""The shop's own settings: where its days begin, in which money it counts, where its phone numbers are from.

They are one row. The environment gives its first values (``write_first_settings``) and nothing afterwards:
a process whose environment says something else, or nothing, still works in the shop's zone and money.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError, models, transaction
from django.db.models import Q
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from membership.models.catalogue.stock import Oversell
from membership.models.fields import choice_check, currency

ONLY_ROW = 1
REMEMBERED_SECONDS = 3.0
"""How long a process may take to notice a change that another one made."""


@dataclass(frozen=True)
class Shop:
    """``time_zone`` is an IANA name, ``currency`` an ISO 4217 code, ``country`` an ISO 3166 code.

    ``is_confirmed``: somebody has looked at them, so that nobody need be asked. ``oversell`` says what
    becomes of an order for more than there is.
    """

    time_zone: str
    currency: str
    country: str
    is_confirmed: bool = True
    oversell: str = Oversell.ALLOW

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class ShopSettings(models.Model):
    """The shop's settings. ``confirmed_at`` is when somebody first looked at them and found them right."""

    time_zone = models.CharField(
        _("time zone"), max_length=64, help_text=_("Days of figures, rules and nightly work are days here.")
    )
    currency = currency(
        verbose_name=_("currency"), help_text=_("ISO 4217, such as USD: sums and amounts in rules are in it.")
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        help_text=_("ISO 3166, such as US: phone numbers without a country code are from here."),
    )
    oversell = models.CharField(
        _("an order for more than there is"),
        max_length=10,
        choices=Oversell.choices,
        default=Oversell.ALLOW,
        db_default=Oversell.ALLOW,
        help_text=_("Where stock is counted. Orders of files and other systems are never refused."),
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = _("shop settings"), _("shop settings")
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(condition=Q(id=ONLY_ROW), name="shop_settings_one_row"),
            choice_check(field="oversell", choices=Oversell, name="shop_oversell_known"),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    def save(self, *args: Any, **options: Any) -> None:
        super().save(*args, **options)
        forget_shop()
        transaction.on_commit(forget_shop)

    def as_shop(self) -> Shop:
        return Shop(self.time_zone, self.currency, self.country, self.confirmed_at is not None, self.oversell)


def the_shop() -> Shop:
    """The shop's settings, read at most every REMEMBERED_SECONDS; the environment's where no row is yet."""
    global _remembered
    if time.monotonic() >= _remembered[0]:
        _remembered = (time.monotonic() + REMEMBERED_SECONDS, _read(_remembered[1]))
    return _remembered[1] or shop_of_environment()


def shop_zone() -> ZoneInfo:
    """The zone in which the shop's days begin."""
    return the_shop().zone


def shop_of_environment() -> Shop:
    return Shop(settings.TIME_ZONE, settings.SHOP_CURRENCY, settings.SHOP_COUNTRY)


def forget_shop() -> None:
    """Have the next ``the_shop`` read the row."""
    global _remembered
    _remembered = (0.0, _remembered[1])


def remember_shop(shop: Shop | None) -> None:
    """Take ``shop`` (None: what the environment says) for the row until it is saved, as tests do."""
    global _remembered
    _remembered = (float("inf"), shop)


def _read(before: Shop | None) -> Shop | None:
    try:
        row = ShopSettings.objects.filter(pk=ONLY_ROW).first()
    except DatabaseError:  # before the first migration, or while the database is away
        return before
    return row.as_shop() if row is not None else None


_remembered: tuple[float, Shop | None] = (0.0, None)
"""(until when, on the monotonic clock, the row's content is good, that content)."""


def shop_currency() -> object:
    """A text that becomes the shop's currency whenever it is shown, for what is declared while apps load."""
    return _currency_text()


_currency_text: Callable[[], object] = lazy(lambda: the_shop().currency, str)
