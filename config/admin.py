"""What the admin needs from several apps at once, and other people's admin pages in Unfold's look.

``config`` is the first installed app, so the pages replaced here are imported, and registered, by these
imports.
"""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group, Permission, User
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from django_celery_beat import admin as beat_admin
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from fraud.admin.colours import DECISION_COLOURS
from fraud.services.reasons.texts import reason_text
from membership.backoffice import link_to
from membership.models import Order
from membership.orders.admin import OrderAdmin

for model in (
    Order,
    User,
    Group,
    AccessAttempt,
    AccessFailureLog,
    AccessLog,
    PeriodicTask,
    IntervalSchedule,
    CrontabSchedule,
    SolarSchedule,
    ClockedSchedule,
):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Order)
class OrderWithDecisionAdmin(OrderAdmin):
    """An order together with what fraud detection said about it."""

    list_display = (*OrderAdmin.list_display[:-1], "decision", "outcome")
    list_filter = (
        *OrderAdmin.list_filter[:2],
        ("fraud_score__decision", ChoicesDropdownFilter),
        *OrderAdmin.list_filter[2:],
    )
    list_select_related = ("member", "fraud_score")
    fieldsets = (
        OrderAdmin.fieldsets[0],
        (
            gettext_lazy("Fraud decision"),
            {"fields": (("decision_text", "probability"), ("reasons", "alert"))},
        ),
        *OrderAdmin.fieldsets[1:],
    )
    readonly_fields = (*OrderAdmin.readonly_fields, "decision_text", "probability", "reasons", "alert")

    @display(description=gettext_lazy("decision"), ordering="fraud_score__decision", label=DECISION_COLOURS)
    def decision(self, order: Order) -> tuple[str, str] | None:
        score = getattr(order, "fraud_score", None)
        return None if score is None else (score.decision, score.get_decision_display())

    @display(description=gettext_lazy("decision"))
    def decision_text(self, order: Order) -> str:
        score = getattr(order, "fraud_score", None)
        return "–" if score is None else score.get_decision_display()

    @display(description=gettext_lazy("probability of fraud"))
    def probability(self, order: Order) -> str:
        score = getattr(order, "fraud_score", None)
        return "–" if score is None or score.probability is None else f"{score.probability:.1%}"

    @display(description=gettext_lazy("reasons"))
    def reasons(self, order: Order) -> SafeString | str:
        score = getattr(order, "fraud_score", None)
        texts = [(reason_text(reason),) for reason in score.reasons] if score is not None else []
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", texts)) if texts else "–"

    @display(description=gettext_lazy("alert"))
    def alert(self, order: Order) -> SafeString | str:
        alert = getattr(order, "fraud_alert", None)
        return "–" if alert is None else link_to(alert, text=str(alert.get_state_display()))


PERMITTED = {
    "add": gettext_lazy("may add"),
    "change": gettext_lazy("may change"),
    "delete": gettext_lazy("may delete"),
    "view": gettext_lazy("may view"),
}


def permission_label(permission: Permission) -> str:
    """A permission in the reader's language; Django stores the names of permissions in English."""
    action, _rest = permission.codename.split("_", 1)
    return f"{permission.content_type} | {PERMITTED.get(action) or gettext(permission.name)}"


def _translated(field: Any) -> Any:
    """A field of permissions that shows them in the reader's language."""
    if field is not None and field.queryset.model is Permission:
        field.label_from_instance = permission_label
    return field


@admin.register(User)
class UserAdmin(auth_admin.UserAdmin):  # type: ignore[type-arg]  # no generics at run time
    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return _translated(super().formfield_for_manytomany(db_field, request, **kwargs))


@admin.register(Group)
class GroupAdmin(auth_admin.GroupAdmin):
    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        return _translated(super().formfield_for_manytomany(db_field, request, **kwargs))


class _TaskSelectWidget(UnfoldAdminSelectWidget, beat_admin.TaskSelectWidget):
    """The known task names in Unfold's select."""


class PeriodicTaskForm(beat_admin.PeriodicTaskForm):
    """The task is chosen among those that the program has."""

    task = forms.CharField(label=gettext_lazy("Task"), widget=_TaskSelectWidget)


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(beat_admin.PeriodicTaskAdmin, ModelAdmin):
    form = PeriodicTaskForm
    list_display = ("title", "enabled", "rhythm", "last_run_at", "total_run_count")
    list_filter = ("enabled", "one_off")
    date_hierarchy = None
    list_per_page = 30
    list_select_related = ("interval", "crontab", "solar", "clocked")
    change_form_template = None  # the package's own has an inline script, which our security policy refuses
    fieldsets = (
        (None, {"fields": ("name", "task", "enabled", "description")}),
        (
            gettext_lazy("Schedule"),
            {"fields": ("interval", "crontab", "start_time", "one_off", "last_run_at")},
        ),
        (gettext_lazy("Arguments"), {"fields": ("args", "kwargs", "queue", "expire_seconds")}),
    )
    readonly_fields = ("last_run_at",)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        task = self.get_object(request, object_id)
        named = {"subtitle": gettext(task.name)} if task is not None else {}
        context = {**named, **(extra_context or {})}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @display(description=gettext_lazy("name"), ordering="name")
    def title(self, task: PeriodicTask) -> str:
        """The default entries' names are stored in English and shown in the reader's language."""
        return gettext(task.name)

    @display(description=gettext_lazy("schedule"))
    def rhythm(self, task: PeriodicTask) -> str:
        return str(task.scheduler)


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(beat_admin.IntervalScheduleAdmin, ModelAdmin):
    inlines = ()  # tasks have pages of their own


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(beat_admin.CrontabScheduleAdmin, ModelAdmin):
    list_display = ("__str__", "timezone")
    fields = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week", "timezone")
    readonly_fields = ()
    inlines = ()
