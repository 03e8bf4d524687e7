"""Experiments and what was shown, to look at; they are made and started over the API."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display

from learning.ab_test import Interval
from recommendations.models import Experiment
from recommendations.services.experiments import results_of

STATUS = {"draft": "info", "running": "success", "ended": ""}


@admin.register(Experiment)
class ExperimentAdmin(ModelAdmin):
    list_display = ("name", "surface", "status_label", "started_at", "ended_at")
    ordering = ("-created_at", "-id")
    list_per_page = 30
    fields = ("name", ("surface", "status"), "arm_list", "results", ("started_at", "ended_at"))
    readonly_fields = ("name", "surface", "status", "arm_list", "results", "started_at", "ended_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @display(description=gettext_lazy("status"), ordering="status", label=STATUS)
    def status_label(self, experiment: Experiment) -> tuple[str, str]:
        return experiment.status, experiment.get_status_display()

    @display(description=gettext_lazy("arms"))
    def arm_list(self, experiment: Experiment) -> str:
        return " · ".join(
            f"{arm['name']} (v{arm['model_version']})" if arm.get("model_version") else str(arm["name"])
            for arm in experiment.arms
        )

    @display(description=gettext_lazy("results"))
    def results(self, experiment: Experiment) -> SafeString:
        rows = (
            (
                arm.name,
                arm.members,
                in_words(arm.click_rate),
                in_words(arm.order_rate),
                in_words(arm.over_control),
            )
            for arm in results_of(experiment=experiment)
        )
        row = '<tr><td>{}</td><td class="rg-number">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>'
        return format_html(
            '<div class="rg-scroll"><table class="rg-table rg-tight"><thead><tr><th>{}</th>'
            '<th class="rg-number">{}</th><th>{}</th><th>{}</th><th>{}</th></tr></thead>'
            "<tbody>{}</tbody></table></div>",
            _("Arm"), _("Members"), _("Clicked"), _("Ordered"), _("Over the first arm"),
            format_html_join("", row, rows),
        )  # fmt: skip


def in_words(interval: Interval | None) -> str:
    """ "12.0 % (9.5 … 15.1 %)" """
    if interval is None:
        return "–"
    return f"{100 * interval.value:.1f} % ({100 * interval.low:.1f} … {100 * interval.high:.1f} %)"
