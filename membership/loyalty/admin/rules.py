"""How the shop's points work: the program, earning rules and tier rules."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.decorators import display

from membership.backoffice import ShopAdmin
from membership.loyalty.admin.pages import liability_page, tiers_page
from membership.models import EarningRule, LoyaltyProgram, TierRule


@admin.register(LoyaltyProgram)
class LoyaltyProgramAdmin(ShopAdmin):
    """One row: its list is its form."""

    fieldsets = (
        (gettext_lazy("Earning"), {"fields": (("return_days", "life_days"), "notice_days")}),
        (
            gettext_lazy("Redeeming"),
            {
                "fields": (
                    ("point_value", "smallest_redemption"),
                    ("coupon_days", "returned_life_days"),
                )
            },
        ),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)  # type: ignore[no-any-return]  # untyped
        LoyaltyProgram.objects.get_or_create(pk=1)
        form_url = reverse("admin:membership_loyaltyprogram_change", args=(1,))
        return self.changeform_view(request, "1", form_url, extra_context)  # type: ignore[no-any-return]  # untyped

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        return [
            path("liability/", guard(liability_page), name="membership_points_liability"),
            path("tiers/", guard(tiers_page), name="membership_tier_preview"),
            *super().get_urls(),
        ]


class EarningRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at run time
    def clean(self) -> dict[str, object]:
        given: dict[str, object] = super().clean() or self.cleaned_data
        if given.get("kind") == EarningRule.Kind.BIRTHDAY and given.get("category"):
            self.add_error("category", _("A birthday has no category."))
        starts_at, ends_at = self.cleaned_data.get("starts_at"), self.cleaned_data.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("The end must come after the start."))
        return given


@admin.register(EarningRule)
class EarningRuleAdmin(ShopAdmin):
    form = EarningRuleForm
    list_display = ("name", "kind", "number", "category", "tier", "starts_at", "ends_at", "is_active")
    list_filter = (("kind", ChoicesDropdownFilter), ("is_active", BooleanRadioFilter))
    list_select_related = ("category",)
    search_fields = ("name",)
    autocomplete_fields = ("category",)
    fieldsets = (
        (None, {"fields": ("name", ("kind", "value"), "is_active")}),
        (gettext_lazy("Only for"), {"fields": (("category", "tier"), "smallest_order")}),
        (gettext_lazy("In force"), {"fields": ("starts_at", "ends_at")}),
    )

    @display(description=gettext_lazy("value"), ordering="value")
    def number(self, rule: EarningRule) -> str:
        return f"{rule.value.normalize():f}"


@admin.register(TierRule)
class TierRuleAdmin(ShopAdmin):
    list_display = ("tier", "measure", "threshold", "period_days", "grace_days")
    fields = ("tier", ("measure", "threshold"), ("period_days", "grace_days"))
