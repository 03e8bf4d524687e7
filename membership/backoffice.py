"""What the lists of large tables share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.views import ChangeList as UnfoldChangeList

from membership.models import Member


class ShopChangeList(UnfoldChangeList):
    """Without a search or filter the number of results is the number of all, and is not counted twice."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class ShopAdmin(ModelAdmin):
    """Short pages; the filter sheet has a button, so that a choice does not load the page at once."""

    list_per_page = 30
    list_max_show_all = 0
    show_full_result_count = False
    list_filter_submit = True

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ShopChangeList]:
        return ShopChangeList


class ReadOnlyAdmin(ShopAdmin):
    """Rows that are written by services and imports, and only looked at here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class DayRangeFilter(RangeDateFilter):
    """From and to as days of the shop's calendar, both included, over a column of moments."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        start = self._day("from")
        end = self._day("to")
        if start is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": _midnight(start)})
        if end is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": _midnight(end + timedelta(days=1))})
        return queryset

    def _day(self, end: str) -> date | None:
        try:
            return date.fromisoformat(self.used_parameters.get(f"{self.parameter_name}_{end}") or "")
        except (TypeError, ValueError):
            return None

    def choices(self, changelist: ChangeList) -> Iterator[object]:
        for choice in super().choices(changelist):
            form = choice["form"]
            for field in form.fields.values():
                field.widget.input_type = "date"  # the browser's own picker, which writes ISO dates
            yield choice


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def link_to(row: Model | None, *, text: str | None = None) -> SafeString | str:
    """A link to a row's page in the admin; a member's is the page about them, not the form."""
    if row is None:
        return "–"
    if isinstance(row, Member):
        url = reverse("member_page", args=(row.pk,))
    else:
        meta = row._meta
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=(row.pk,))
    return format_html('<a class="text-primary-600 dark:text-primary-400" href="{}">{}</a>', url, text or row)
