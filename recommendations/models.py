"""What is shown to whom."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Surface(models.TextChoices):
    FOR_YOU = "for-you", _("For you")
    BUY_AGAIN = "buy-again", _("Buy again")


class RecommendationQuerySet(models.QuerySet["Recommendation"]):
    def for_surface(self, surface: str) -> Self:
        return self.filter(surface=surface)


class Recommendation(models.Model):
    """The ranked products of one member on one surface.

    ``products`` is a list, best first, of ``{"product": id, "score": number, "because": [product ids]}``:
    the member's own products that raised the score most. On *buy again* ``because`` is empty, and ``times``
    and ``last`` (a day, as 2026-03-02) say how often and when the member bought the product.
    One row a member and surface instead of one a product: docs/decisions/ has the measurement.
    """

    member = models.ForeignKey(
        "membership.Member", models.CASCADE, related_name="recommendations", db_index=False
    )
    surface = models.CharField(_("surface"), max_length=12, choices=Surface.choices)
    products = models.JSONField(_("products"), default=list)
    model_version = models.ForeignKey(
        "registry.ModelVersion", models.PROTECT, related_name="+", verbose_name=_("model version")
    )
    scored_at = models.DateTimeField(_("scored"))

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("recommendation"), _("recommendations")
        ordering = ("member_id", "surface")
        constraints = [
            models.UniqueConstraint(fields=("member", "surface"), name="recommendation_one_per_surface"),
            models.CheckConstraint(
                condition=Q(surface__in=("for-you", "buy-again")), name="recommendation_surface_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} · {self.get_surface_display()}"
