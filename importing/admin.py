"""What each imported file brought, with its rejected rows for download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from importing.reasons import label_of
from membership.models import ImportReport
from registry.admin_jobs import JobAdmin

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def counts_table(counts: dict[str, int]) -> SafeString | str:
    if not counts:
        return "–"
    most_first = sorted(counts.items(), key=lambda pair: -pair[1])
    rows = format_html_join(
        "", "<dt>{}</dt><dd>{}</dd>", ((label_of(name), f"{count:,}") for name, count in most_first)
    )
    return format_html('<dl class="rg-facts">{}</dl>', rows)


def count_column(name: str, title: StrPromise) -> Callable[[ImportReportAdmin, ImportReport], str]:
    """A column with one of the report's counts, its thousands set apart."""

    @display(description=title, ordering=name)
    def column(self: ImportReportAdmin, report: ImportReport) -> str:
        return f"{getattr(report, name):,}"

    return column  # type: ignore[no-any-return]


@admin.register(ImportReport)
class ImportReportAdmin(JobAdmin):
    list_display = (
        "file",
        "status_label",
        "bar",
        "rows_read",
        "rows_created",
        "rows_updated",
        "rows_duplicate",
        "rejected_link",
        "queued_at",
    )
    list_filter = (("kind", ChoicesDropdownFilter), ("status", ChoicesDropdownFilter))
    search_fields = ("file_name",)
    ordering = ("-queued_at", "-id")
    fieldsets = (
        (None, {"fields": (("file_name", "kind"), ("status", "bar"), "error", ("dry_run", "options"))}),
        (
            gettext_lazy("Rows"),
            {"fields": (("rows_read", "rows_created"), ("rows_updated", "rows_duplicate"), "rejected_link")},
        ),
        (gettext_lazy("Why"), {"fields": ("by_reason", "filled_in", "flagged")}),
        (
            gettext_lazy("When"),
            {"fields": (("queued_at", "started_at"), ("finished_at", "attempts"))},
        ),
    )
    readonly_fields = (
        "bar",
        "rows_read",
        "rows_created",
        "rows_updated",
        "rows_duplicate",
        "rejected_link",
        "by_reason",
        "filled_in",
        "flagged",
    )

    rows_read = count_column("read", gettext_lazy("read"))
    rows_created = count_column("created", gettext_lazy("created"))
    rows_updated = count_column("updated", gettext_lazy("updated"))
    rows_duplicate = count_column("duplicate", gettext_lazy("duplicate"))

    actions_list = ("import_a_file",)

    def has_upload_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("membership.add_importreport")

    @action(description=gettext_lazy("Import a file"), icon="upload_file", permissions=["upload"])
    def import_a_file(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("new_import"))

    def get_urls(self) -> list[URLPattern]:
        rejects = path(
            "<int:report_id>/rejected-rows/",
            self.admin_site.admin_view(self.rejected_rows),
            name="membership_importreport_rejects",
        )
        return [rejects, *super().get_urls()]

    def rejected_rows(self, request: HttpRequest, report_id: int) -> FileResponse:
        """The file of rejected rows: personal data, so only for those who may see imports."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        report = get_object_or_404(ImportReport, pk=report_id)
        folder = Path(settings.IMPORT_DIR).resolve()
        file = (folder / report.rejects_path).resolve()
        if not report.rejects_path or not file.is_relative_to(folder) or not file.is_file():
            raise Http404(_("This import has no file of rejected rows."))
        name = f"rejected-{report.pk}-{report.kind}.csv"
        return FileResponse(file.open("rb"), as_attachment=True, filename=name)

    @display(description=gettext_lazy("file"), ordering="file_name", header=True)
    def file(self, report: ImportReport) -> tuple[str, str]:
        return report.file_name, str(report.get_kind_display())

    @display(description=gettext_lazy("rejected"), ordering="rejected")
    def rejected_link(self, report: ImportReport) -> SafeString | str:
        if not report.rejected or not report.rejects_path:
            return f"{report.rejected:,}"
        url = reverse("admin:membership_importreport_rejects", args=(report.pk,))
        return format_html(
            '{} · <a class="text-primary-600 dark:text-primary-400" href="{}">{}</a>',
            f"{report.rejected:,}",
            url,
            _("download"),
        )

    @display(description=gettext_lazy("rejected by reason"))
    def by_reason(self, report: ImportReport) -> SafeString | str:
        return counts_table(report.rejected_by_reason)

    @display(description=gettext_lazy("filled in by field"))
    def filled_in(self, report: ImportReport) -> SafeString | str:
        return counts_table(report.imputed_by_field)

    @display(description=gettext_lazy("flagged by reason"))
    def flagged(self, report: ImportReport) -> SafeString | str:
        return counts_table(report.flagged_by_reason)
