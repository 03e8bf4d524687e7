"""What the admin pages of all long jobs share: status, a live progress bar, and the JSON it asks."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from registry.jobs import LeasedJob

STATUS_COLOURS = {"queued": "info", "running": "warning", "succeeded": "success", "failed": "danger"}
JOBS_PER_REQUEST = 100


def progress_url(model: type[LeasedJob]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_progress")


def progress_text(job: LeasedJob) -> str:
    if job.status == LeasedJob.Status.RUNNING:
        return f"{job.progress:.0%} {job.step_text}".strip()
    return str(job.get_status_display())


def progress_bar(job: LeasedJob) -> SafeString:
    """A bar that ``regulars.js`` keeps moving while the job is unfinished."""
    live = format_html(' data-job-url="{}"', progress_url(type(job))) if not job.is_finished else ""
    return format_html(
        '<div class="rg-job" data-job-id="{}" data-status="{}"{}>'
        '<div class="rg-bar"><i style="width:{}%"></i></div><span data-job-text>{}</span></div>',
        job.pk,
        job.status,
        live,
        round(job.progress * 100),
        progress_text(job),
    )


class JobAdmin(ModelAdmin):
    """Jobs are made by services and looked at here: nothing can be edited."""

    list_per_page = 25
    list_filter_submit = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def status_label(self, job: LeasedJob) -> tuple[str, str]:
        return job.status, job.get_status_display()

    @display(description=_("progress"))
    def bar(self, job: LeasedJob) -> SafeString | str:
        """The bar while it moves, and how long the job took afterwards."""
        if not job.is_finished:
            return progress_bar(job)
        return "–" if job.seconds is None else gettext("%(seconds).1f s") % {"seconds": job.seconds}

    def get_urls(self) -> list[URLPattern]:
        meta = self.model._meta
        progress = path(
            "progress/",
            self.admin_site.admin_view(self.progress_view),
            name=f"{meta.app_label}_{meta.model_name}_progress",
        )
        return [progress, *super().get_urls()]

    def progress_view(self, request: HttpRequest) -> JsonResponse:
        """``?ids=1,2`` → ``{"jobs": {"1": {status, progress, text, finished}}}``"""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ids = [int(text) for text in request.GET.get("ids", "").split(",") if text.isdecimal()]
        jobs = self.model._default_manager.filter(pk__in=ids[:JOBS_PER_REQUEST])
        return JsonResponse(
            {
                "jobs": {
                    job.pk: {
                        "status": job.status,
                        "progress": job.progress,
                        "text": progress_text(job),
                        "finished": job.is_finished,
                    }
                    for job in jobs
                }
            }
        )
