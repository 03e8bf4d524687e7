"""What alerts look like in JSON, and what a verdict must say."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from fraud.models import AlertReview, FraudAlert
from fraud.services.reasons.of_orders import percent_of
from fraud.services.reasons.texts import reason_text
from learning.json_types import JsonObject
from membership.models import Order


class ReasonOutput(serializers.Serializer[JsonObject]):
    code = serializers.CharField()
    text = serializers.SerializerMethodField(help_text=_("In the language of the request."))
    weight = serializers.FloatField(
        default=0.0, help_text=_("How much it raises the logit of the probability, or of the rank.")
    )

    def get_text(self, reason: JsonObject) -> str:
        return reason_text(reason)


class ReviewOutput(serializers.ModelSerializer[AlertReview]):
    reviewer = serializers.CharField(source="reviewer.username", allow_null=True, default=None)

    class Meta:
        model = AlertReview
        fields = ("verdict", "note", "reviewer", "reviewed_at")


class AlertOutput(serializers.ModelSerializer[FraudAlert]):
    """One line of the queue."""

    id = serializers.UUIDField(source="public_id")
    order = serializers.UUIDField(source="order.public_id")
    order_no = serializers.CharField(source="order.order_no")
    member = serializers.UUIDField(source="order.member.public_id")
    amount = serializers.DecimalField(source="order.total", max_digits=14, decimal_places=3)
    currency = serializers.CharField(source="order.currency")
    assignee = serializers.CharField(source="assignee.username", allow_null=True, default=None)
    reasons = ReasonOutput(many=True)
    unusual_percent = serializers.SerializerMethodField(
        help_text=_(
            "A rank, not a probability: the share of the shop's orders that are less unusual, in whole "
            "percent. It sorts the queue until the first fraud model is live, and is null from then on."
        )
    )
    priority = serializers.DecimalField(
        max_digits=14,
        decimal_places=3,
        help_text=_(
            "The expected loss in the shop's currency. Until there is a fraud model, the amount times how "
            "rare it is that an order is so unusual: one of a hundred counts a hundred times."
        ),
    )

    class Meta:
        model = FraudAlert
        fields = (
            "id", "state", "priority", "probability", "unusual_percent", "order", "order_no", "member",
            "amount", "currency", "assignee", "reasons", "opened_at", "closed_at",
        )  # fmt: skip

    @extend_schema_field(serializers.IntegerField(allow_null=True, min_value=0, max_value=99))
    def get_unusual_percent(self, alert: FraudAlert) -> int | None:
        return None if alert.unusual is None else percent_of(alert.unusual)


class AlertDetail(AlertOutput):
    """An alert with the decision behind it and the verdicts so far."""

    decision = serializers.SerializerMethodField()
    model_version = serializers.SerializerMethodField()
    placed_at = serializers.DateTimeField(source="order.placed_at")
    order_status = serializers.CharField(source="order.status")
    can_reopen = serializers.SerializerMethodField(
        help_text=_("The order is declined: a genuine one may be reopened.")
    )
    reviews = ReviewOutput(many=True)

    class Meta(AlertOutput.Meta):
        fields = (
            *AlertOutput.Meta.fields, "decision", "model_version", "placed_at", "order_status", "can_reopen",
            "reviews",
        )  # type: ignore[assignment]  # longer than its parent's  # fmt: skip

    def get_can_reopen(self, alert: FraudAlert) -> bool:
        return alert.order.status == Order.Status.DECLINED and not alert.order.is_fraud

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_decision(self, alert: FraudAlert) -> str | None:
        score = getattr(alert.order, "fraud_score", None)
        return score.decision if score else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_model_version(self, alert: FraudAlert) -> str | None:
        score = getattr(alert.order, "fraud_score", None)
        return str(score.model_version) if score and score.model_version else None


class ReviewInput(serializers.Serializer[JsonObject]):
    verdict = serializers.ChoiceField(choices=AlertReview.Verdict.choices)
    note = serializers.CharField(max_length=2_000, allow_blank=True, default="")
    reopen = serializers.BooleanField(
        default=False, help_text=_("With genuine: a declined order becomes paid and earns again.")
    )
