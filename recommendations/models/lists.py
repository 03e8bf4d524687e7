"""Stored lists: of members on a surface, of products, and the shards that renew them."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.jobs import LeasedJob


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
        "membership.Member",
        models.CASCADE,
        related_name="recommendations",
        db_index=False,
        verbose_name=_("member"),
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


class SimilarProduct(models.Model):
    """The products that go with one product, best first; renewed by every retrain, whole lists at a time.

    ``products`` is a list of ``{"product": id, "score": number}``. *similar* could be bought instead,
    *bought-together* is bought with it. A product without a row has nothing to show yet.
    """

    class Kind(models.TextChoices):
        SIMILAR = "similar", _("Similar")
        TOGETHER = "together", _("Bought together")

    product = models.ForeignKey(
        "membership.Product", models.CASCADE, related_name="similar_products", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    products = models.JSONField(_("products"), default=list)
    scored_at = models.DateTimeField(_("scored"))

    class Meta:
        verbose_name, verbose_name_plural = _("similar products"), _("similar products")
        ordering = ("product_id", "kind")
        constraints = [
            models.UniqueConstraint(fields=("product", "kind"), name="similar_product_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("similar", "together")), name="similar_product_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} · {self.get_kind_display()}"


class ScoringShard(LeasedJob):
    """One range of members whose lists one worker renews: its own lease, its own heartbeat."""

    task_name = "recommendations.tasks.score_shard"

    batch = models.UUIDField(_("batch"), editable=False)
    model_version = models.ForeignKey("registry.ModelVersion", models.CASCADE, related_name="+")
    first_member = models.BigIntegerField(_("first member"))
    last_member = models.BigIntegerField(_("last member"))
    as_of = models.DateTimeField(_("orders until"))
    rows_written = models.PositiveIntegerField(_("rows written"), default=0)

    class Meta(LeasedJob.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("scoring shard"), _("scoring shards")
        constraints = [
            *LeasedJob.constraints(prefix="scoring_shard"),
            models.UniqueConstraint(fields=("batch", "first_member"), name="scoring_shard_once"),
            models.CheckConstraint(
                condition=Q(last_member__gte=models.F("first_member")), name="scoring_shard_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_member}–{self.last_member}"
