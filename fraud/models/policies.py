"""How a probability becomes a decision, as staff set it, and the past orders that settings are tried on."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from membership.models.append_only import AppendOnly
from membership.models.fields import currency, money


class DecisionPolicy(AppendOnly):
    """One setting of the decision, by whom and when; the newest is in force, older ones are its history.

    An order gets the decision with the lowest expected cost: approving it costs ``probability × amount``,
    reviewing it ``price``, declining it ``(1 − probability) × amount × margin``. By *cost*, ``price`` is the
    review cost; by *capacity*, it is the price at which past orders filled the day's reviews, never below
    that cost. ``review_from`` counts while no model is live: smaller orders are approved, others reviewed.
    """

    class Method(models.TextChoices):
        MODEL = "model", _("The model's own thresholds")
        COST = "cost", _("Expected cost")
        CAPACITY = "capacity", _("Daily review capacity")

    method = models.CharField(_("method"), max_length=8, choices=Method.choices)
    review_cost = money(verbose_name=_("cost of a review"), default=3)
    margin = models.FloatField(
        _("margin lost with a good order"),
        default=0.3,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    reviews_per_day = models.PositiveIntegerField(_("reviews a day"), default=10)
    decline_from = models.FloatField(
        _("decline without a review from"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.5), MaxValueValidator(1)],
        help_text=_("Probability; empty: nothing is declined without a review."),
    )
    price = money(verbose_name=_("price of a review"), default=3)
    review_from = money(
        verbose_name=_("without a model, review from"),
        null=True,
        blank=True,
        help_text=_("Smaller orders are approved while there is no model. Empty: the first value."),
    )
    currency = currency(verbose_name=_("currency"))
    note = models.CharField(_("note"), max_length=400, blank=True)
    expected = models.JSONField(_("expected on past orders"), default=dict, blank=True)
    model_version = models.ForeignKey(
        "registry.ModelVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tried with"),
    )
    created_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta(AppendOnly.Meta):
        abstract = False
        verbose_name, verbose_name_plural = _("decision policy"), _("decision policies")
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(method__in=("model", "cost", "capacity")), name="decision_policy_method_known"
            ),
            models.CheckConstraint(condition=Q(margin__range=(0, 1)), name="decision_policy_margin_0_to_1"),
            models.CheckConstraint(
                condition=Q(review_cost__gte=0, price__gte=0), name="decision_policy_costs_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(decline_from=None) | Q(decline_from__range=(0.5, 1)),
                name="decision_policy_declines_the_likely",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} #{self.pk}"


class PastScores(models.Model):
    """What a model that had not seen their labels made of past orders: what settings are tried on.

    ``arrays`` is an .npz of equal columns: order, probability, amount, is_fraud, day and weight (a genuine
    order may stand for several). ``in_sample`` marks scores of a model that had seen them, which flatter.
    """

    model_version = models.OneToOneField(
        "registry.ModelVersion", models.CASCADE, related_name="fraud_past_scores"
    )
    orders = models.PositiveIntegerField(_("orders"))
    frauds = models.PositiveIntegerField(_("frauds"))
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    in_sample = models.BooleanField(_("seen in training"), default=False)
    arrays = models.BinaryField()
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name, verbose_name_plural = _("past scores"), _("past scores")

    def __str__(self) -> str:
        return str(self.model_version)
