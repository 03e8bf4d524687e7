"""What moved a product's stock, and what orders still wait for."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.models.append_only import AppendOnly


class Oversell(models.TextChoices):
    """What becomes of an order for more than there is."""

    ALLOW = "allow", _("Take the order; the stock falls to 0")
    REFUSE = "refuse", _("Refuse the order")
    BACKORDER = "backorder", _("Take the order; what is missing is delivered later")


class StockMovement(AppendOnly):
    """Pieces that left a product's stock (below zero) or came to it: by an order's line, or by hand.

    ``wanted`` is what was asked for; ``units`` what the stock could give: it is never below zero. A row that
    fills a backorder of an earlier order wants 0. ``stock`` is what there was afterwards: NULL where it is
    not counted, and for rows of earlier releases. ``source`` is empty for what an order took or gave back,
    otherwise ``backorder``, ``api``, ``admin``, ``import`` or the name of a connected system; ``who`` is a
    user's name, or ``key:`` and an API key's name.
    """

    order = models.ForeignKey(
        "membership.Order",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="stock_movements",
        verbose_name=_("order"),
    )
    line_no = models.PositiveIntegerField(_("line"), null=True, blank=True)
    product = models.ForeignKey(
        "membership.Product", models.CASCADE, related_name="stock_movements", verbose_name=_("product")
    )
    wanted = models.IntegerField(_("asked for"))
    units = models.IntegerField(_("moved"))
    stock = models.PositiveIntegerField(_("stock then"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=40, blank=True, default="", db_default="")
    who = models.CharField(_("by"), max_length=160, blank=True, default="", db_default="")
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="", db_default="")
    moved_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("stock movement"), _("stock movements")
        ordering = ("moved_at", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(order=None, line_no=None) | Q(order__isnull=False, line_no__isnull=False),
                name="stock_movement_of_a_line",
            ),
            models.CheckConstraint(
                condition=Q(order=None) | ~Q(wanted=0, units=0), name="stock_movement_not_zero"
            ),
            models.CheckConstraint(
                condition=Q(order=None, units=F("wanted"))
                | Q(wanted__lt=0, units__gte=F("wanted"), units__lte=0)
                | Q(wanted__gt=0, units__lte=F("wanted"), units__gte=0)
                | Q(wanted=0, units__lt=0),
                name="stock_movement_not_above_wanted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.units:+d}"


class Backorder(models.Model):
    """Pieces that a line of an order still waits for: what comes to the stock goes there first.

    Orders are served in the order in which they were placed. The row goes when its pieces have come, or the
    order is cancelled.
    """

    order = models.ForeignKey(
        "membership.Order", models.CASCADE, related_name="backorders", verbose_name=_("order")
    )
    line_no = models.PositiveIntegerField(_("line"))
    product = models.ForeignKey(
        "membership.Product", models.CASCADE, related_name="backorders", verbose_name=_("product")
    )
    units = models.PositiveIntegerField(_("missing"))
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("backorder"), _("backorders")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("order", "line_no", "product"), name="backorder_once_a_line"),
            models.CheckConstraint(condition=Q(units__gt=0), name="backorder_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} #{self.line_no}: {self.units}"
