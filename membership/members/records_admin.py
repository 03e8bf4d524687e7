"""What is kept about members beside their profile: tags and consents."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import User
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from membership.backoffice import DayRangeFilter, ReadOnlyAdmin, link_to
from membership.members.tags import merge_tag
from membership.models import Consent, Tag
from membership.rules.names.replacing import ReplaceableAdmin


@admin.register(Tag)
class TagAdmin(ReplaceableAdmin):
    kind = "tag"
    list_display = ("name",)
    search_fields = ("name",)

    def replace(self, *, row: Tag, into: Tag, user: User | None) -> None:
        merge_tag(tag=row, into=into, user=user)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("who", "purpose", "channel", "granted", "source", "occurred_at")
    list_filter = (
        ("purpose", ChoicesDropdownFilter),
        ("channel", ChoicesDropdownFilter),
        "granted",
        ("occurred_at", DayRangeFilter),
    )
    list_select_related = ("member",)
    search_fields = ("member__member_no__istartswith",)
    search_help_text = gettext_lazy("Member number")
    ordering = ("-id",)

    @display(description=gettext_lazy("member"))
    def who(self, consent: Consent) -> SafeString | str:
        return link_to(consent.member)
