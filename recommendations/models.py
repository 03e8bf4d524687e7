"""What is shown to whom."""

from __future__ import annotations

import math
import uuid
from datetime import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.jobs import LeasedJob

MOST_PLACES = 50
MOST_BOOST = 100.0


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


class MerchandisingRuleQuerySet(models.QuerySet["MerchandisingRule"]):
    def valid(self, *, at: datetime) -> Self:
        """Rules that are switched on and within their dates at the moment ``at``."""
        began = Q(starts_at=None) | Q(starts_at__lte=at)
        not_over = Q(ends_at=None) | Q(ends_at__gt=at)
        return self.filter(began & not_over, is_active=True)


class MerchandisingRule(models.Model):
    """What staff want shown, or not shown, whatever a model says.

    Exactly one of ``product`` and ``category`` names the target; a category means it and all below it.
    Rules count on every surface unless ``surface`` names one, and for everybody unless ``segment`` is set.
    """

    class Action(models.TextChoices):
        PIN = "pin", _("Pin to a place")
        BOOST = "boost", _("Show more")
        BURY = "bury", _("Show less")
        HIDE = "hide", _("Never show")
        CAP = "cap", _("Show at most so many")

    name = models.CharField(_("name"), max_length=80)
    action = models.CharField(_("action"), max_length=5, choices=Action.choices)
    product = models.ForeignKey(
        "membership.Product",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("product"),
    )
    category = models.ForeignKey(
        "membership.Category",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("This category and all below it."),
    )
    surface = models.CharField(
        _("surface"),
        max_length=12,
        choices=Surface.choices,
        blank=True,
        help_text=_("Everywhere, unless one is chosen."),
    )
    segment = models.ForeignKey(
        "membership.Segment",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("segment"),
        help_text=_("Only for its members; for everybody, unless one is chosen."),
    )
    amount = models.FloatField(
        _("amount"),
        null=True,
        blank=True,
        help_text=_(
            "Pin: the place, 1 is the first. Show more or less: the factor on the score, such as 2. "
            "Show at most: how many."
        ),
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    is_active = models.BooleanField(_("switched on"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = MerchandisingRuleQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("merchandising rule"), _("merchandising rules")
        ordering = ("name", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=("pin", "boost", "bury", "hide", "cap")),
                name="merchandising_action_known",
            ),
            models.CheckConstraint(
                condition=Q(surface__in=("", *Surface.values)), name="merchandising_surface_known"
            ),
            models.CheckConstraint(
                condition=Q(product__isnull=False, category__isnull=True)
                | Q(product__isnull=True, category__isnull=False),
                name="merchandising_one_target",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
                name="merchandising_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(action="hide", amount=None)
                | (Q(action__in=("boost", "bury")) & Q(amount__gt=1))
                | (Q(action__in=("pin", "cap")) & Q(amount__gte=0)),
                name="merchandising_amount_fits",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Say what the database would refuse, at the field where it can be put right."""
        errors: dict[str, str] = {}
        if (self.product_id is None) == (self.category_id is None):
            errors["product"] = gettext("Choose either a product or a category.")
        if self.action == self.Action.PIN and self.category_id is not None:
            errors["category"] = gettext("Only a product can be pinned to a place.")
        if self.action == self.Action.CAP and self.product_id is not None:
            errors["product"] = gettext("Only a category can be shown at most so many times.")
        if message := self._wrong_amount():
            errors["amount"] = message
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            errors["ends_at"] = gettext("The rule would end before it starts.")
        if errors:
            raise ValidationError(errors)

    def _wrong_amount(self) -> str:
        amount = self.amount
        if amount is not None and not math.isfinite(amount):
            return gettext("Give a number.")
        if self.action == self.Action.HIDE:
            return "" if amount is None else gettext("A product that is never shown needs no amount.")
        if self.action in (self.Action.BOOST, self.Action.BURY):
            fits = amount is not None and 1 < amount <= MOST_BOOST
            return "" if fits else gettext("Give a factor above 1, such as 2, and at most 100.")
        lowest = 1 if self.action == self.Action.PIN else 0
        fits = amount is not None and amount == int(amount) and lowest <= amount <= MOST_PLACES
        return (
            ""
            if fits
            else gettext("Give a whole number from %(low)d to %(high)d.")
            % {
                "low": lowest,
                "high": MOST_PLACES,
            }
        )


class Experiment(models.Model):
    """One comparison of ways to recommend; each member always meets the same arm.

    ``arms`` is a list of ``{"name", "weight", "model_version", "settings"}``: a version's number, or null for
    the live one, and what ``recommendations.services.tuning`` may change. The first arm is the control.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RUNNING = "running", _("Running")
        ENDED = "ended", _("Ended")

    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    surface = models.CharField(_("surface"), max_length=12, choices=Surface.choices)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.DRAFT)
    arms = models.JSONField(_("arms"), default=list)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("experiment"), _("experiments")
        ordering = ("-created_at", "-id")
        constraints = [
            models.CheckConstraint(
                condition=Q(surface__in=("for-you", "buy-again")), name="experiment_surface_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "running", "ended")), name="experiment_status_known"
            ),
            models.UniqueConstraint(
                fields=("surface",), condition=Q(status="running"), name="experiment_one_running"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Exposure(models.Model):
    """One member was shown one list on one day: who chose it, and which products were in it.

    The first answer of a day is kept; what is shown later that day from the same source adds nothing. What
    the member then clicks and orders is credited to it.
    """

    member = models.ForeignKey("membership.Member", models.CASCADE, related_name="exposures", db_index=False)
    surface = models.CharField(_("surface"), max_length=12)
    day = models.DateField(_("day"))
    source = models.CharField(_("source"), max_length=16)
    model_version = models.ForeignKey(
        "registry.ModelVersion",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("model version"),
    )
    experiment = models.ForeignKey(
        Experiment, models.CASCADE, null=True, blank=True, related_name="exposures"
    )
    arm = models.CharField(_("arm"), max_length=40, blank=True)
    products = models.JSONField(_("products"), default=list)
    shown_at = models.DateTimeField(_("shown"))

    class Meta:
        verbose_name, verbose_name_plural = _("list shown"), _("lists shown")
        ordering = ("-shown_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("member", "surface", "day", "source", "arm"), name="exposure_once_a_day"
            )
        ]
        indexes = [models.Index(fields=("surface", "shown_at"), name="exposure_of_surface")]

    def __str__(self) -> str:
        return f"{self.member_id} · {self.surface} · {self.day}"


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
