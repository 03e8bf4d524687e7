"""What each imported file brought, with its rejected rows for download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from importing.pages.report import report_context
from importing.pages.views import page
from membership.models import ImportReport, ImportUndo
from registry.admin_jobs import JobAdmin

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def count_column(name: str, title: StrPromise) -> Callable[[ImportReportAdmin, ImportReport], str]:
    """A column with one of the report's counts, its thousands set apart."""

    @display(description=title, ordering=name)
    def column(self: ImportReportAdmin, report: ImportReport) -> str:
        return f"{getattr(report, name):,}"

    return column  # type: ignore[no-any-return]  # display() has no type


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

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """The report; nothing on it is edited but rejected rows, which are sent again."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        key = unquote(object_id)
        reports = ImportReport.objects.select_related("corrects")
        report = reports.filter(pk=key).first() if key.isdecimal() else None
        if report is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        return page(request, "importing/report.html", report_context(request, report))

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


@admin.register(ImportUndo)
class ImportUndoAdmin(JobAdmin):
    """Shown on the import's own page, which asks here how far it is."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("membership.view_importreport")
