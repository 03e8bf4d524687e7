"""Scores of orders, and every decision with what it rests on."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from fraud.admin.colours import DECISION_COLOURS
from fraud.models import DecisionLog, FraudScore
from fraud.services.reasons.of_orders import percent_of
from fraud.services.reasons.texts import reason_text
from fraud.services.replaying import replay_decision
from membership.backoffice import DayRangeFilter, ReadOnlyAdmin, link_to
from membership.wording import moment_text
from registry.services import NoLiveModel


class DecisionAdmin(ReadOnlyAdmin):
    """What scores and logged decisions show alike."""

    list_select_related = ("order__member", "model_version")
    search_fields = ("order__order_no__istartswith", "order__member__member_no__istartswith")
    search_help_text = gettext_lazy("Order or member number")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("order__member", "model_version")  # type: ignore[no-any-return]  # the base class is untyped

    @display(description=gettext_lazy("order"))
    def order_link(self, row: FraudScore | DecisionLog) -> SafeString | str:
        return link_to(row.order)

    @display(description=gettext_lazy("order"), ordering="order")
    def order_shown(self, row: FraudScore | DecisionLog) -> str:
        return str(row.order)

    @display(description=gettext_lazy("member"))
    def who(self, row: FraudScore | DecisionLog) -> SafeString | str:
        return link_to(row.order.member)

    @display(description=gettext_lazy("decision"), ordering="decision", label=DECISION_COLOURS)
    def decision_label(self, row: FraudScore | DecisionLog) -> tuple[str, str]:
        return row.decision, row.get_decision_display()

    @display(description=gettext_lazy("decision"))
    def decision_text(self, row: FraudScore | DecisionLog) -> str:
        return str(row.get_decision_display())

    @display(description=gettext_lazy("probability"), ordering="probability")
    def probability_text(self, row: FraudScore | DecisionLog) -> str:
        return "–" if row.probability is None else f"{row.probability:.2%}"

    @display(description=gettext_lazy("milliseconds"), ordering="latency_ms")
    def latency(self, row: FraudScore | DecisionLog) -> str:
        return "–" if row.latency_ms is None else f"{row.latency_ms:.1f}"

    @display(description=gettext_lazy("reasons"))
    def why(self, row: FraudScore | DecisionLog) -> SafeString | str:
        texts = [(reason_text(reason),) for reason in row.reasons]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", texts)) if texts else "–"


@admin.register(FraudScore)
class FraudScoreAdmin(DecisionAdmin):
    list_display = (
        "order_shown",
        "who",
        "decision_label",
        "probability_text",
        "model_version",
        "latency",
        "scored",
    )
    list_filter = (("decision", ChoicesDropdownFilter), ("scored_at", DayRangeFilter))
    ordering = ("-scored_at", "-id")
    fields = (
        ("order_link", "who"), ("decision_text", "probability_text"), "why",
        ("model_version", "latency", "scored"),
    )  # fmt: skip
    readonly_fields = ("order_link", "who", "decision_text", "probability_text", "why", "latency", "scored")

    @display(description=gettext_lazy("scored"), ordering="scored_at")
    def scored(self, score: FraudScore) -> str:
        return moment_text(score.scored_at)


@admin.register(DecisionLog)
class DecisionLogAdmin(DecisionAdmin):
    list_display = (
        "order_shown",
        "who",
        "decision_label",
        "probability_text",
        "model_version",
        "latency",
        "decided",
    )
    list_filter = (("decision", ChoicesDropdownFilter), ("decided_at", DayRangeFilter))
    ordering = ("-decided_at", "-id")
    fields = (
        ("order_link", "who"), ("decision_text", "decided_by", "probability_text"), "why",
        ("rank_text", "unusual_version"), ("policy", "thresholds_text"), ("rules_text", "lists_text"),
        "facts_text",
        ("model_version", "latency", "decided"), "again",
    )  # fmt: skip
    readonly_fields = (
        "order_link", "who", "decision_text", "probability_text", "why", "latency", "decided", "again",
        "thresholds_text", "rules_text", "lists_text", "facts_text", "rank_text",
    )  # fmt: skip

    @display(description=gettext_lazy("more unusual than"))
    def rank_text(self, log: DecisionLog) -> str:
        """Of the shop's orders; a rank, not a probability."""
        return "–" if log.unusual is None else f"{percent_of(log.unusual)} %"

    @display(description=gettext_lazy("thresholds"))
    def thresholds_text(self, log: DecisionLog) -> SafeString:
        return _as_code(log.thresholds)

    @display(description=gettext_lazy("rules"))
    def rules_text(self, log: DecisionLog) -> SafeString:
        return _as_code(log.rules)

    @display(description=gettext_lazy("lists"))
    def lists_text(self, log: DecisionLog) -> SafeString:
        return _as_code(log.lists)

    @display(description=gettext_lazy("facts"))
    def facts_text(self, log: DecisionLog) -> SafeString:
        return _as_code(log.facts)

    @display(description=gettext_lazy("recomputed from the log"))
    def again(self, log: DecisionLog) -> str:
        try:
            replay = replay_decision(log=log)
        except NoLiveModel as error:
            return str(error)
        except (KeyError, TypeError, ValueError):
            return _("It cannot be recomputed: the log was written by another version.")
        return "; ".join(replay.differences) or _("The same result.")

    @display(description=gettext_lazy("decided"), ordering="decided_at")
    def decided(self, log: DecisionLog) -> str:
        return moment_text(log.decided_at)


def _as_code(stored: object) -> SafeString:
    """What a log holds, as the JSON that it is."""
    return format_html("<code>{}</code>", json.dumps(stored, ensure_ascii=False))
