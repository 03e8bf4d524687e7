"""Points as they are kept: movements, lots, coupons and notices. Written by services, only looked at here."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from membership.backoffice import DayRangeFilter, ReadOnlyAdmin, link_to
from membership.loyalty.calendar import last_day
from membership.models import Coupon, PointsEntry, PointsLot, PointsNotice
from membership.wording import in_words, moment_text, money_text


class OfMemberAdmin(ReadOnlyAdmin):
    """Rows that belong to a member, found by its number."""

    list_select_related: tuple[str, ...] = ("member",)
    search_fields: tuple[str, ...] = ("member__member_no__istartswith",)
    search_help_text = gettext_lazy("Member number")
    ordering: tuple[str, ...] = ("-id",)

    @display(description=gettext_lazy("member"))
    def who(self, row: PointsEntry | PointsLot | Coupon | PointsNotice) -> SafeString | str:
        return link_to(row.member)


@admin.register(PointsEntry)
class PointsEntryAdmin(OfMemberAdmin):
    list_display = ("who", "points", "kind", "why", "of_order", "by", "occurred_at", "expires_at")
    list_filter = (("occurred_at", DayRangeFilter), ("kind", ChoicesDropdownFilter))
    list_select_related = ("member", "order")
    fields = (
        "member", "points", "kind", "why", "of_order", "lot", "coupon", "by", "occurred_at", "available_at",
        "expires_at",
    )  # fmt: skip
    readonly_fields = ("why", "of_order")

    @display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, entry: PointsEntry) -> str:
        return in_words(entry.reason)

    @display(description=gettext_lazy("order"))
    def of_order(self, entry: PointsEntry) -> SafeString | str:
        return link_to(entry.order)


@admin.register(PointsLot)
class PointsLotAdmin(OfMemberAdmin):
    list_display = ("who", "remaining", "source", "earned_at", "pending", "until")
    list_filter = (("source", ChoicesDropdownFilter), ("expires_at", DayRangeFilter))
    raw_id_fields = ("order",)

    @display(description=gettext_lazy("pending until"), ordering="available_at")
    def pending(self, lot: PointsLot) -> str:
        return moment_text(lot.available_at) if lot.available_at else "–"

    @display(description=gettext_lazy("last day"), ordering="expires_at")
    def until(self, lot: PointsLot) -> str:
        return last_day(lot.expires_at) if lot.expires_at else "–"


@admin.register(Coupon)
class CouponAdmin(OfMemberAdmin):
    list_display = ("code", "who", "source", "worth", "points", "of_order", "until")
    list_filter = (("source", ChoicesDropdownFilter), ("created_at", DayRangeFilter))
    list_select_related = ("member", "order")
    search_fields = ("code__istartswith", "member__member_no__istartswith")
    search_help_text = gettext_lazy("Code or member number")
    raw_id_fields = ("order",)

    @display(description=gettext_lazy("amount"))
    def worth(self, coupon: Coupon) -> str:
        return money_text(coupon.amount, coupon.currency)

    @display(description=gettext_lazy("order"))
    def of_order(self, coupon: Coupon) -> SafeString | str:
        return link_to(coupon.order)

    @display(description=gettext_lazy("last day"), ordering="expires_at")
    def until(self, coupon: Coupon) -> str:
        return last_day(coupon.expires_at) if coupon.expires_at else "–"


@admin.register(PointsNotice)
class PointsNoticeAdmin(OfMemberAdmin):
    list_display = ("who", "points", "expires_on", "noticed_at")
    list_filter = (("expires_on", DayRangeFilter),)
    ordering = ("expires_on", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PointsNotice]:
        return super().get_queryset(request).filter(member__status__in=("active", "frozen"))  # type: ignore[no-any-return]  # untyped
