"""Segments and who is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from learning.json_types import JsonObject
from membership.backoffice import ReadOnlyAdmin, link_to
from membership.models import MemberExport, Segment, SegmentMembership, SegmentVersion
from membership.rules.names.replacing import ReplaceableAdmin
from membership.rules.names.written import names_in, stored_text
from membership.rules.nodes import Ref
from membership.segments.admin.forms import SegmentForm
from membership.segments.admin.pages import rfm_page, segment_act, segment_export, segment_page
from membership.segments.by_hand import delete_segment
from membership.segments.by_rule import change_rule
from membership.wording import days_ago_text, in_words, moment_text

KIND_COLOURS = {"dynamic": "info", "manual": "", "model": "primary"}


class StayInline(TabularInline):
    """The members of now, newest first."""

    model = SegmentMembership
    verbose_name_plural = gettext_lazy("Members in this segment now")
    fields = ("who", "tier", "source", "since")
    readonly_fields = fields
    ordering = ("-entered_at", "-id")
    extra = 0
    per_page = 25
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[SegmentMembership]:
        stays = super().get_queryset(request)
        return stays.filter(exited_at=None).select_related("member")  # type: ignore[no-any-return]  # the base class is untyped

    @display(description=gettext_lazy("member"))
    def who(self, stay: SegmentMembership) -> SafeString | str:
        return link_to(stay.member)

    @display(description=gettext_lazy("tier"))
    def tier(self, stay: SegmentMembership) -> str:
        return stay.member.get_tier_display()

    @display(description=gettext_lazy("entered"))
    def since(self, stay: SegmentMembership) -> str:
        return moment_text(stay.entered_at)


class VersionInline(TabularInline):
    """How the rule came to be what it is, newest first."""

    names: Mapping[Ref, str] = {}

    model = SegmentVersion
    verbose_name_plural = gettext_lazy("Versions of the rule")
    fields = ("number", "text", "created_by", "created_at")
    readonly_fields = fields
    ordering = ("-number",)
    extra = 0
    per_page = 10
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[SegmentVersion]:
        return super().get_queryset(request).select_related("created_by")  # type: ignore[no-any-return]  # the base class is untyped

    @display(description=gettext_lazy("rule"))
    def text(self, version: SegmentVersion) -> SafeString:
        text = stored_text(version.rule, names=self.names)
        return format_html("<code>{}</code>", str(version.rule) if text is None else text)

    def get_formset(self, request: HttpRequest, obj: Segment | None = None, **kwargs: Any) -> Any:
        """Names are looked up once for all versions."""
        self.names = names_in(obj.versions.values_list("rule", flat=True)) if obj is not None else {}
        return super().get_formset(request, obj, **kwargs)


@admin.register(Segment)
class SegmentAdmin(ReplaceableAdmin):
    kind = "segment"
    list_display = ("title", "kind_label", "member_count", "about", "refreshed")
    list_display_links = None  # the name leads to the page about the segment
    actions_detail = ("open_page", "open_replace")
    list_filter = (("kind", ChoicesDropdownFilter),)
    search_fields = ("name", "key")
    ordering = ("-member_count", "name")
    form = SegmentForm
    fields = ("name", "key", "description", "rule_text", "kind", ("member_count", "refreshed"))
    readonly_fields = ("kind", "member_count", "refreshed", "name_text", "about")
    prepopulated_fields = {"key": ("name",)}
    inlines = (StayInline, VersionInline)

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("rfm/", guard(rfm_page), name="membership_rfm"),
            path("<int:segment_id>/page/", guard(segment_page), name="membership_segment_page"),
            path("<int:segment_id>/act/", guard(segment_act), name="membership_segment_act"),
            path("<int:segment_id>/export/", guard(segment_export), name="membership_segment_export"),
            *super().get_urls(),
        ]

    @action(description=gettext_lazy("Size, history, export"), url_path="open-page")
    def open_page(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:membership_segment_page", args=(object_id,)))

    def get_fields(self, request: HttpRequest, obj: Segment | None = None) -> list[Any]:
        """Only a new segment, or one that has a rule, is given one; figures come with the first members."""
        if obj is None:
            return ["name", "key", "description", "rule_text"]
        if obj.kind == Segment.Kind.MODEL:
            return ["name_text", "key", "about", "kind", ("member_count", "refreshed")]
        ruled = obj.kind == Segment.Kind.DYNAMIC
        return [name for name in self.fields if ruled or name != "rule_text"]

    def get_readonly_fields(self, request: HttpRequest, obj: Segment | None = None) -> tuple[str, ...]:
        """Rules name other segments by their key, so it stays."""
        return (*self.readonly_fields, "key") if obj is not None else self.readonly_fields

    def get_form(self, request: HttpRequest, obj: Segment | None = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        user = request.user
        form.may = staticmethod(lambda field: user.has_perm(field.permission))
        return form

    def save_model(self, request: HttpRequest, obj: Segment, form: Any, change: bool) -> None:
        if form.rule is not None and not change:
            obj.kind = Segment.Kind.DYNAMIC
        super().save_model(request, obj, form, change)
        if form.rule is not None:
            user = request.user if isinstance(request.user, User) else None
            change_rule(segment=obj, rule=form.rule, user=user)

    def replace(self, *, row: Segment, into: Segment, user: User | None) -> None:
        delete_segment(segment=row, replacement=into, user=user)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Segment | None = None) -> JsonObject:
        return {} if obj is not None else dict(self.prepopulated_fields)

    def has_change_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        """Segments made by a model cannot be renamed: the next run would overwrite the name."""
        if obj is not None and obj.kind == Segment.Kind.MODEL:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Segment | None = None) -> bool:
        if obj is not None and obj.kind == Segment.Kind.MODEL:
            return False
        return bool(super().has_delete_permission(request, obj))

    @display(description=gettext_lazy("segment"), ordering="name")
    def title(self, segment: Segment) -> SafeString:
        url = reverse("admin:membership_segment_page", args=(segment.pk,))
        return format_html('<a class="font-semibold" href="{}">{}</a>', url, in_words(segment.name))

    @display(description=gettext_lazy("name"))
    def name_text(self, segment: Segment) -> str:
        return in_words(segment.name)

    @display(description=gettext_lazy("kind"), ordering="kind", label=KIND_COLOURS)
    def kind_label(self, segment: Segment) -> tuple[str, str]:
        return segment.kind, segment.get_kind_display()

    @display(description=gettext_lazy("description"))
    def about(self, segment: Segment) -> str:
        return in_words(segment.description)

    @display(description=gettext_lazy("refreshed"), ordering="refreshed_at")
    def refreshed(self, segment: Segment) -> str:
        return "–" if segment.refreshed_at is None else days_ago_text(segment.refreshed_at)


@admin.register(MemberExport)
class MemberExportAdmin(ReadOnlyAdmin):
    """Who took which members out of the program."""

    list_display = ("created_at", "segment_key", "content", "format", "members", "by")
    list_filter = (("content", ChoicesDropdownFilter), ("format", ChoicesDropdownFilter))
    search_fields = ("segment_key", "by")
    ordering = ("-id",)
