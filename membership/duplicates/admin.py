"""Possible duplicates in the admin."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from membership.backoffice import ReadOnlyAdmin
from membership.duplicates.deciding import dismiss
from membership.duplicates.pages import duplicates_page
from membership.errors import ServiceError
from membership.models import DuplicateCandidate


@admin.register(DuplicateCandidate)
class DuplicateCandidateAdmin(ReadOnlyAdmin):
    """The list is a page of its own; a pair has no other page."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request) or not request.user.has_perm("membership.view_member"):
            raise PermissionDenied
        return duplicates_page(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: object = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:membership_duplicatecandidate_changelist"))

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("<int:pair_id>/dismiss/", guard(self.dismiss), name="membership_duplicate_dismiss"),
            *super().get_urls(),
        ]

    def dismiss(self, request: HttpRequest, pair_id: int) -> HttpResponse:
        """POST: the two are different people."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request) or not request.user.has_perm("membership.change_member"):
            raise PermissionDenied
        pair = get_object_or_404(DuplicateCandidate.objects.visible(), pk=pair_id)
        try:
            dismiss(candidate=pair, who=request.user.get_username())
        except ServiceError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("Noted: they are different people."))
        return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The page of the list that was open."""
    url = request.POST.get("next", "")
    here = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()})
    return url if here else reverse("admin:membership_duplicatecandidate_changelist")
