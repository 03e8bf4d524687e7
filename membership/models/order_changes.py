"""What happened to orders after they were stored: changes and refunds."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.models.append_only import AppendOnly

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


class OrderChange(AppendOnly):
    """What was changed of an order after it was stored. Never changed itself; the newest is last.

    ``before`` and ``after`` hold the changed fields only; lines as ``{line number: [product id, quantity,
    unit price, discount, refunded, total, units, category id, given back, back in stock]}``, amounts as text.
    ``who`` is a user's name, or ``key:`` and an API key's name; empty for imports and connected shops.
    """

    order = models.ForeignKey(
        "membership.Order", models.CASCADE, related_name="changes", verbose_name=_("order")
    )
    changed_at = models.DateTimeField(_("when"), default=timezone.now)
    source = models.CharField(_("source"), max_length=40)
    who = models.CharField(_("by"), max_length=160, blank=True, default="", db_default="")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)

    class Meta:
        verbose_name, verbose_name_plural = _("order change"), _("order changes")
        ordering = ("changed_at", "id")
        # which members' forecasts are out of date, asked every minute
        indexes = [models.Index(fields=("changed_at",), name="order_change_newest")]

    def __str__(self) -> str:
        return f"{self.order_id}: {', '.join(self.after)}"


def _signed(title: StrPromise) -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(title, max_digits=14, decimal_places=3, default=0)


class Refund(AppendOnly):
    """What one change gave back of an order, and when; below zero where a change took a refund back.

    ``goods`` is what the order's products came to less; ``shipping``, ``tax`` and ``tip`` are the shares that
    went with it. ``lines`` is ``{line number: [quantity given back, amount]}``, amounts as text.
    """

    order = models.ForeignKey(
        "membership.Order", models.CASCADE, related_name="refunds", verbose_name=_("order")
    )
    change = models.OneToOneField(
        OrderChange, models.CASCADE, related_name="refund", verbose_name=_("order change")
    )
    refunded_at = models.DateTimeField(_("when"), default=timezone.now)
    goods = _signed(_("products"))
    shipping = _signed(_("shipping"))
    tax = _signed(_("tax"))
    tip = _signed(_("tip"))
    lines = models.JSONField(_("lines"), default=dict)
    restock = models.BooleanField(_("goods go back to stock"), default=False)

    class Meta:
        verbose_name, verbose_name_plural = _("refund"), _("refunds")
        ordering = ("refunded_at", "id")

    def __str__(self) -> str:
        return f"{self.order_id}: {self.goods}"
