"""Points as they are kept: movements, lots, coupons and notices. Coupons are also made here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display

from membership.backoffice import DayRangeFilter, ReadOnlyAdmin, link_to
from membership.errors import ServiceError
from membership.loyalty.calendar import last_day
from membership.loyalty.coupons.making import CouponDraft, check_draft, make_coupon, withdraw_coupon
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


class CouponForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at run time
    """A coupon that is made here; what is wrong with it, the service says."""

    class Meta:
        model = Coupon
        fields = ("code", "source", "amount", "percent", "currency", "member", "uses_allowed", "expires_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("code", "amount", "currency"):
            self.fields[name].required = False
        self.fields["amount"].initial = None
        self.fields["code"].help_text = _("Made, unless given.")
        self.fields["currency"].help_text = _("The shop's, unless given.")
        given_by = [one for one in Coupon.Source.choices if one[0] != Coupon.Source.POINTS]
        self.fields["source"].choices = given_by  # type: ignore[attr-defined]  # a choice field

    def draft(self) -> CouponDraft:
        given = self.cleaned_data
        return CouponDraft(
            amount=given.get("amount") or None,
            percent=given.get("percent"),
            code=given.get("code") or "",
            source=given.get("source") or "",
            currency=given.get("currency") or "",
            member=given.get("member"),
            uses_allowed=given.get("uses_allowed"),
            expires_at=given.get("expires_at"),
        )

    def clean(self) -> dict[str, object]:
        given: dict[str, object] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                check_draft(self.draft())
            except ServiceError as error:
                self.add_error(error.errors[0].field if error.errors else None, error.message)
        return given


@admin.register(Coupon)
class CouponAdmin(OfMemberAdmin):
    """Staff make and withdraw coupons; nobody changes one."""

    actions = ("withdraw",)
    list_display = ("code", "who", "source", "worth", "used", "points", "of_order", "until")
    list_filter = (("source", ChoicesDropdownFilter), ("created_at", DayRangeFilter))
    list_select_related = ("member", "order")
    search_fields = ("code__istartswith", "member__member_no__istartswith")
    search_help_text = gettext_lazy("Code or member number")
    raw_id_fields = ("order",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("membership.add_coupon"))

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("membership.change_coupon"))

    def get_form(self, request: HttpRequest, obj: Coupon | None = None, **kwargs: Any) -> Any:
        given = {**kwargs, "form": CouponForm} if obj is None else kwargs
        return super().get_form(request, obj, **given)

    def get_fields(self, request: HttpRequest, obj: Coupon | None = None) -> Sequence[str]:
        return CouponForm.Meta.fields if obj is None else super().get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Coupon, form: CouponForm, change: bool) -> None:
        made = make_coupon(draft=form.draft())
        obj.pk, obj.code = made.pk, made.code

    @action(description=gettext_lazy("Withdraw"), permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Coupon]) -> None:
        done = 0
        for coupon in queryset:
            try:
                withdraw_coupon(coupon=coupon)
                done += 1
            except ServiceError as error:
                messages.error(request, f"{coupon}: {error.message}")
        if done:
            messages.success(request, ngettext("%d coupon withdrawn.", "%d coupons withdrawn.", done) % done)

    @display(description=gettext_lazy("amount"))
    def worth(self, coupon: Coupon) -> str:
        if coupon.percent is not None:
            return f"{coupon.percent.normalize():f} %"
        return money_text(coupon.amount, coupon.currency)

    @display(description=gettext_lazy("uses"))
    def used(self, coupon: Coupon) -> str:
        return "–" if coupon.uses_allowed is None else f"{coupon.uses} / {coupon.uses_allowed}"

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
