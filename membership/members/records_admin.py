"""What is kept about members beside their profile: tags and consents."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from membership.backoffice import DayRangeFilter, ReadOnlyAdmin, ShopAdmin, link_to
from membership.models import Consent, Tag


@admin.register(Tag)
class TagAdmin(ShopAdmin):
    list_display = ("name",)
    search_fields = ("name",)


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
