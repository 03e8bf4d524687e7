"""Exchange rates in the admin: what other currencies are worth in the shop's, by day."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import AllValuesCheckboxFilter
from unfold.decorators import display

from learning.json_types import JsonObject
from membership.backoffice import ShopAdmin
from membership.currencies.rates import checked_rate, store_rates
from membership.errors import Rejected
from membership.models import ExchangeRate
from membership.models.exchange_rates import MAX_AGE_DAYS


class RateForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic when it runs
    class Meta:
        model = ExchangeRate
        fields = ("day", "currency", "rate")

    def clean(self) -> JsonObject:
        given: JsonObject = super().clean() or {}
        # of a rate that exists, day and currency stay and are not asked
        day = given.get("day", self.instance.day)
        code = given.get("currency", self.instance.currency)
        if day and code and "rate" in given:
            try:
                draft = checked_rate(day=day, currency=code, rate=given["rate"])
            except Rejected as error:
                self.add_error(error.errors[0].field, error.message)
            else:
                given |= {"currency": draft.currency, "rate": draft.rate}
        return given


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ShopAdmin):
    form = RateForm
    list_display = ("day", "currency", "worth", "source", "is_applied")
    list_filter = (("currency", AllValuesCheckboxFilter),)
    list_before_template = "membership/list_about.html"
    date_hierarchy = "day"
    ordering = ("-day", "currency")
    fields = ("day", "currency", "rate")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """A rate is corrected, not deleted: orders already count by it."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: ExchangeRate | None = None) -> tuple[str, ...]:
        return () if obj is None else ("day", "currency")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> Any:
        about = _(
            "What one unit of a currency is worth in the shop's. An order counts at the latest "
            "rate on or before its day that is at most %(days)d days old; without one it is left out of all "
            "sums. A file of rates is taken by import_rates."
        ) % {"days": MAX_AGE_DAYS}
        return super().changelist_view(
            request, {"list_title": _("Exchange rates"), "list_about": about, **(extra_context or {})}
        )

    def save_model(self, request: HttpRequest, obj: ExchangeRate, form: Any, change: bool) -> None:
        draft = checked_rate(day=obj.day, currency=obj.currency, rate=obj.rate)
        store_rates(rates=[draft], source=request.user.get_username())
        obj.pk = ExchangeRate.objects.get(day=draft.day, currency=draft.currency).pk

    @display(description=gettext_lazy("rate"), ordering="rate")
    def worth(self, rate: ExchangeRate) -> str:
        return f"{rate.rate.normalize():f}"

    @display(description=gettext_lazy("on all orders"), boolean=True)
    def is_applied(self, rate: ExchangeRate) -> bool:
        return not rate.is_pending
