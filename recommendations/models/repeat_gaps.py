"""How soon each product is bought again, as the shop's orders teach."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RepeatGap(models.Model):
    """What was learned of one product that was bought; renewed by every retrain.

    ``days`` is the median gap between a member's purchases, ``early_days`` the days within which only one in
    ten comes back, ``gaps`` how many were seen of this very product: with few, its category and the shop
    speak for it. ``is_once``: hardly anybody buys it again.
    """

    product = models.OneToOneField(
        "membership.Product", models.CASCADE, related_name="repeat_gap", verbose_name=_("product")
    )
    days = models.FloatField(_("days until bought again"))
    early_days = models.PositiveIntegerField(_("not offered again before, in days"))
    gaps = models.PositiveIntegerField(_("repeat purchases seen"))
    again_share = models.FloatField(_("share of members who buy it again"))
    is_once = models.BooleanField(_("bought once"), default=False)
    learned_at = models.DateTimeField(_("learned"))

    class Meta:
        verbose_name, verbose_name_plural = _("repeat gap"), _("repeat gaps")
        ordering = ("product_id",)
        constraints = [
            models.CheckConstraint(condition=Q(days__gt=0), name="repeat_gap_days_positive"),
            models.CheckConstraint(
                condition=Q(again_share__gte=0, again_share__lte=1), name="repeat_gap_share_possible"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.days:.0f}"
