"""The shop's settings in the admin: one page, and what a change of it means."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from learning.json_types import JsonObject
from membership.backoffice import ShopAdmin
from membership.cleaning.values import Unclean, clean_country, clean_currency
from membership.models import Order, ShopSettings
from membership.models.shop import ONLY_ROW
from membership.shop.changing import ShopDraft, change_shop, why_currency_stays


class ShopForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    """``sure`` must be ticked to move the days of a shop that has orders."""

    sure = forms.BooleanField(required=False, label=gettext_lazy("Move the days of all figures"))

    class Meta:
        model = ShopSettings
        fields = ("time_zone", "currency", "country", "oversell")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "time_zone" in self.fields:  # those who may only look have no fields
            zones = sorted({*available_timezones(), self.instance.time_zone})
            self.fields["time_zone"].widget = UnfoldAdminSelectWidget(
                choices=[(one, one.replace("_", " ")) for one in zones]
            )
            self.fields["oversell"].required = False

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"]
        if name not in available_timezones():
            raise forms.ValidationError(_("This is not a time zone; an example is Pacific/Auckland."))
        return name

    def clean_oversell(self) -> str:
        """It stays as it is where nothing is said of it."""
        return self.cleaned_data["oversell"] or str(self.initial["oversell"])

    def clean_currency(self) -> str:
        code = _cleaned(clean_currency, self.cleaned_data["currency"])
        if code is None:
            raise forms.ValidationError(_("This is not a currency; use ISO 4217, such as USD."))
        if code != self.initial["currency"] and (refusal := why_currency_stays()):
            raise forms.ValidationError(refusal.errors[0].message)
        return code

    def clean_country(self) -> str:
        code = _cleaned(clean_country, self.cleaned_data["country"])
        if code is None:
            raise forms.ValidationError(_("This is not a country; use ISO 3166, such as US."))
        return code

    def clean(self) -> JsonObject | None:
        given = super().clean() or {}
        moves = "time_zone" in given and given["time_zone"] != self.initial["time_zone"]
        if moves and not given.get("sure") and Order.objects.exists():
            self.add_error("sure", _("The time zone moves the days of every figure: tick this box to do so."))
        return given


def _cleaned(clean: Any, text: str) -> str | None:
    try:
        code: str | None = clean(text)
    except Unclean:
        return None
    return code


@admin.register(ShopSettings)
class ShopSettingsAdmin(ShopAdmin):
    form = ShopForm
    change_form_before_template = "membership/shop_rates.html"
    fieldsets = (
        (
            None,
            {
                "fields": ("time_zone", "sure", "currency", "country"),
                "description": gettext_lazy(
                    "Another time zone moves the borders of all days: nightly work runs at the new night, "
                    "figures of past days and rules that count days come out differently, and all members' "
                    "figures are computed again. Moments themselves stay what they are. The currency can be "
                    "changed until the first order; exchange rates entered before are then removed."
                ),
            },
        ),
        (
            gettext_lazy("Stock"),
            {
                "fields": ("oversell",),
                "description": gettext_lazy(
                    "What a backorder waits for is delivered first when stock comes in, the order placed "
                    "first before others. Changing this leaves what waits already as it is."
                ),
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponseBase:
        """There is one row only: its page instead of a list."""
        if not self.has_view_permission(request):
            answer: HttpResponseBase = super().changelist_view(request, extra_context)
            return answer
        return HttpResponseRedirect(reverse("admin:membership_shopsettings_change", args=(ONLY_ROW,)))

    def save_model(self, request: HttpRequest, obj: ShopSettings, form: Any, change: bool) -> None:
        change_shop(draft=ShopDraft(obj.time_zone, obj.currency, obj.country, obj.oversell))

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> str:
        """What was, and what is: the page's history is the only place that keeps both."""
        changes = [
            f"{form.fields[name].label}: {form.initial[name]} → {form.cleaned_data[name]}"
            for name in form.changed_data
            if name in form.initial
        ]
        return "; ".join(changes) or _("Confirmed as they are.")
