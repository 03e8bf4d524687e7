"""Model versions and training runs in the admin."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AllValuesCheckboxFilter, ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from learning.json_types import JsonObject
from registry.admin_jobs import JobAdmin
from registry.families import Chart, UnknownFamily, families, family_named
from registry.figures import figure, figures_table
from registry.models import ModelVersion, TrainingRun
from registry.queueing import queue_after_commit
from registry.services import runs, versions
from registry.tasks import queue_rescoring

VERSION_COLOURS = {"candidate": "info", "live": "success", "retired": "", "rejected": "danger"}


def family_title(name: str) -> str:
    try:
        return str(family_named(name).title)
    except UnknownFamily:
        return name  # a family that was removed from the program, with rows left


def family_charts(version: ModelVersion) -> Sequence[Chart]:
    """What the version's family draws of it; nothing for a family that draws none or was removed."""
    try:
        draw = family_named(version.family).charts
    except UnknownFamily:
        return ()
    return () if draw is None else draw(version)


class FamilyFilter(AllValuesCheckboxFilter):
    """The families that rows have, by their titles."""

    def choices(self, changelist: ChangeList) -> Iterator[JsonObject]:
        for choice in super().choices(changelist):
            field = choice["form"].fields[self.lookup_kwarg]
            field.choices = [(value, family_title(value)) for value, _label in field.choices]
            yield choice


class FamilyForm(BaseDialogForm):
    """Which family a run or a roll-back is for."""

    family = forms.ChoiceField(label=gettext_lazy("Model family"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["family"].choices = [(family.name, family.title) for family in families()]


def _to_list(model: type) -> HttpResponse:
    """The answer htmx wants from a dialog that is done: load the list again."""
    meta = model._meta  # type: ignore[attr-defined]  # a model class
    url = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return HttpResponse(headers={"HX-Redirect": url})


@admin.register(ModelVersion)
class ModelVersionAdmin(ModelAdmin):
    list_display = ("name", "status_label", "estimator", "score", "before", "data_window", "created_at")
    list_filter = (("status", ChoicesDropdownFilter), ("family", FamilyFilter))
    list_filter_submit = True
    ordering = ("family", "-number")
    list_per_page = 25
    fields = (
        ("name", "status"),
        ("estimator", "data_window"),
        "why_rejected",
        "charts",
        "figures",
        "settings_used",
        ("created_at", "promoted_at"),
        "retired_at",
        "data_fingerprint",
        "artefact_sha256",
    )
    readonly_fields = ("name", "charts", "figures", "settings_used", "data_window", "why_rejected")
    actions_list = ("roll_back",)
    actions_row = ("promote",)
    actions_detail = ("promote",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_promote_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return request.user.has_perm("registry.change_modelversion")

    @display(description=gettext_lazy("version"), ordering="number")
    def name(self, version: ModelVersion) -> str:
        return f"{family_title(version.family)} v{version.number}"

    @display(description=gettext_lazy("status"), ordering="status", label=VERSION_COLOURS)
    def status_label(self, version: ModelVersion) -> tuple[str, str]:
        return version.status, version.get_status_display()

    @display(description=gettext_lazy("figure that decides"))
    def score(self, version: ModelVersion) -> str:
        return figure(version.metrics.get("score"))

    @display(description=gettext_lazy("live version then"))
    def before(self, version: ModelVersion) -> str:
        return figure(version.metrics.get("live_score"))

    @display(description=gettext_lazy("data"))
    def data_window(self, version: ModelVersion) -> str:
        if version.data_from is None or version.data_until is None:
            return "–"
        return f"{version.data_from:%Y-%m-%d} … {version.data_until:%Y-%m-%d}"

    @display(description=gettext_lazy("why rejected"))
    def why_rejected(self, version: ModelVersion) -> str:
        return version.rejection_text or "–"

    @display(description=gettext_lazy("charts"))
    def charts(self, version: ModelVersion) -> SafeString | str:
        drawn = family_charts(version)
        if not drawn:
            return "–"
        boxes = format_html_join(
            "",
            '<figure><figcaption class="rg-small rg-faint">{}</figcaption><div class="rg-chart">'
            '<canvas class="chart" data-type="{}" data-value="{}" role="img" aria-label="{}"></canvas>'
            "</div></figure>",
            ((chart.title, chart.kind, json.dumps(chart.data), chart.title) for chart in drawn),
        )
        return format_html('<div class="rg-grid rg-halves">{}</div>', boxes)

    @display(description=gettext_lazy("figures"))
    def figures(self, version: ModelVersion) -> SafeString:
        return figures_table(version.metrics)

    @display(description=gettext_lazy("parameters"))
    def settings_used(self, version: ModelVersion) -> SafeString:
        return figures_table(version.parameters)

    @action(
        description=gettext_lazy("Promote"),
        icon="publish",
        permissions=["promote"],
        dialog={
            "title": gettext_lazy("Make this version the live one?"),
            "description": gettext_lazy(
                "It serves from the next request on. The version that is live now is kept "
                "and can be promoted again."
            ),
            "form_class": None,
            "form_submit_text": gettext_lazy("Promote"),
        },
    )
    def promote(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        version = ModelVersion.objects.filter(pk=object_id).first()
        if version is None or not version.artefact.exists():
            messages.error(request, _("The file of this version is no longer there; train a new one."))
        elif version.status == ModelVersion.Status.LIVE:
            messages.info(request, _("%(version)s is live already.") % {"version": self.name(version)})
        else:
            versions.promote(version=version)
            self.log_change(request, version, "promoted")
            self._renew_scores(request, version)
        return _to_list(ModelVersion)

    @action(
        description=gettext_lazy("Roll back"),
        icon="undo",
        permissions=["promote"],
        dialog={
            "title": gettext_lazy("Go back to the version before?"),
            "description": gettext_lazy(
                "The version that was live before the present one becomes live again."
            ),
            "form_class": FamilyForm,
            "form_submit_text": gettext_lazy("Roll back"),
        },
    )
    def roll_back(self, request: HttpRequest, form: FamilyForm) -> HttpResponse:
        try:
            version = versions.roll_back(family=form.cleaned_data["family"])
        except versions.NoLiveModel as error:
            messages.error(request, str(error))
        else:
            self.log_change(request, version, "rolled back to")
            self._renew_scores(request, version)
        return _to_list(ModelVersion)

    def _renew_scores(self, request: HttpRequest, version: ModelVersion) -> None:
        messages.success(request, _("%(version)s is live now.") % {"version": self.name(version)})
        if not queue_rescoring(family=version.family):
            messages.warning(request, _("The queue does not answer: stored scores are renewed by schedule."))


@admin.register(TrainingRun)
class TrainingRunAdmin(JobAdmin):
    list_display = ("run", "status_label", "bar", "version_link", "requested_by", "queued_at")
    list_filter = (("status", ChoicesDropdownFilter), ("family", FamilyFilter))
    list_filter_submit = True
    list_select_related = ("version", "requested_by")
    ordering = ("-queued_at", "-id")
    fields = (
        ("run", "status"),
        "bar",
        "why_failed",
        ("version_link", "requested_by"),
        "phase_seconds",
        ("queued_at", "started_at"),
        ("finished_at", "attempts"),
    )
    readonly_fields = ("run", "bar", "why_failed", "version_link", "phase_seconds")
    actions_list = ("start",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TrainingRun]:
        return super().get_queryset(request).defer("error")  # type: ignore[no-any-return]  # the base class is untyped

    def has_start_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return request.user.has_perm("registry.add_trainingrun")

    @display(description=gettext_lazy("run"), ordering="pk")
    def run(self, job: TrainingRun) -> str:
        return f"{family_title(job.family)} #{job.pk}"

    @display(description=gettext_lazy("model version"))
    def version_link(self, job: TrainingRun) -> str:
        if job.version is None:
            return "–"
        url = reverse("admin:registry_modelversion_change", args=(job.version.pk,))
        status = job.version.get_status_display()
        return format_html('<a href="{}">v{}</a> ({})', url, job.version.number, status)

    @display(description=gettext_lazy("error"))
    def why_failed(self, job: TrainingRun) -> str:
        return job.error_text or "–"

    @display(description=gettext_lazy("seconds by phase"))
    def phase_seconds(self, job: TrainingRun) -> SafeString:
        return figures_table(job.phases)

    @action(
        description=gettext_lazy("Start a retrain"),
        icon="play_arrow",
        permissions=["start"],
        dialog={
            "title": gettext_lazy("Start a retrain"),
            "description": gettext_lazy(
                "A worker trains the model on the data of now, compares it with the live version "
                "on a held-out window, and promotes it only if it is not worse."
            ),
            "form_class": FamilyForm,
            "form_submit_text": gettext_lazy("Start"),
        },
    )
    def start(self, request: HttpRequest, form: FamilyForm) -> HttpResponse:
        start_run(request, family=form.cleaned_data["family"])
        return _to_list(TrainingRun)


def start_run(request: HttpRequest, *, family: str) -> TrainingRun:
    """Ask for a run, queue it when it is new, and tell the user which it was."""
    run, is_new = runs.request_run(family=family, requested_by=request.user)  # type: ignore[arg-type]  # staff are logged in
    title = {"family": family_title(family)}
    if not is_new:
        messages.warning(request, _("A retrain of %(family)s is already running.") % title)
        return run
    if queue_after_commit(run.task_name, run.pk):
        messages.success(request, _("The retrain of %(family)s has been queued.") % title)
    else:
        messages.warning(request, _("The retrain of %(family)s starts when the queue is back.") % title)
    return run
