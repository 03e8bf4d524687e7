"""The page on which staff decide a merge, field by field, and the list of merges."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from membership.backoffice import DayRangeFilter, ReadOnlyAdmin, link_to
from membership.errors import ServiceError
from membership.members.lookups import find_member
from membership.merges.checking import check_may_merge
from membership.merges.fields import FIELDS
from membership.merges.merging import UNDO_DAYS, merge_members
from membership.merges.previews import preview_merge
from membership.models import Member, Merge
from registry.queueing import queue_after_commit

QUEUED = ("membership.tasks.refresh_changed_members", "membership.tasks.move_late_rows")


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    list_display = ("kept_link", "other_link", "who", "merged_at", "undoable_until", "undone_at")
    list_filter = (("merged_at", DayRangeFilter),)
    list_select_related = ("kept", "other")
    list_display_links = ("merged_at",)
    search_fields = ("kept__member_no__istartswith", "other__member_no__istartswith")
    search_help_text = gettext_lazy("Member number")
    ordering = ("-id",)
    fields = ("kept", "other", "who", "merged_at", "undoable_until", "undone_at", "undone_by")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(merge_page)
        return [path("into/<int:member_id>/", view, name="membership_member_merge"), *super().get_urls()]

    @display(description=gettext_lazy("member kept"))
    def kept_link(self, merge: Merge) -> SafeString | str:
        return link_to(merge.kept, text=merge.kept.member_no)

    @display(description=gettext_lazy("member merged"))
    def other_link(self, merge: Merge) -> SafeString | str:
        return link_to(merge.other, text=merge.other.member_no)


def merge_page(request: HttpRequest, member_id: int) -> HttpResponse:
    """Both members side by side; the one to merge is ``?other=``, its id, or ``?number=``, its number.

    POST merges them, or with ``do=show`` shows what other choices come to.
    """
    if not request.user.has_perm("membership.add_merge"):
        raise PermissionDenied
    keep = get_object_or_404(Member, pk=member_id)
    given = request.POST if request.method == "POST" else request.GET
    choose = {name: given[f"choose_{name}"] for name in FIELDS if given.get(f"choose_{name}")}
    try:
        other = _named(given)
        if request.method == "POST" and given.get("do") != "show":
            return _merged(request, keep, other, choose)
        check_may_merge(keep=keep, other=other)
        context = {
            **admin.site.each_context(request), "opts": Member._meta, "original": keep,
            "title": _("Merge two members"), "keep": keep, "other": other, "days": UNDO_DAYS,
            "preview": preview_merge(keep=keep, other=other, choose=choose),
        }  # fmt: skip
    except ServiceError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(reverse("member_page", args=(keep.pk,)))
    request.current_app = admin.site.name
    return TemplateResponse(request, "membership/merge.html", context)


def _named(given: QueryDict) -> Member:
    """Raises Rejected, and Http404 for an id that nobody has."""
    other = given.get("other", "")
    if other:
        return get_object_or_404(Member, pk=int(other) if other.isdecimal() else 0)
    return find_member(given.get("number", "").strip(), field="number")


def _merged(request: HttpRequest, keep: Member, other: Member, choose: dict[str, str]) -> HttpResponse:
    merge = merge_members(keep=keep, other=other, choose=choose, who=request.user.get_username())
    for task in QUEUED:
        queue_after_commit(task)
    done = _("%(other)s has been merged into this member. This can be undone for %(days)d days.")
    messages.success(request, done % {"other": merge.other.member_no, "days": UNDO_DAYS})
    return HttpResponseRedirect(reverse("member_page", args=(keep.pk,)) + "#merges")
