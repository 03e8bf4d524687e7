"""What connected shops sent, and what is being read from them."""

from __future__ import annotations

import json

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from connectors.models import BackFill, ReceivedDelivery
from connectors.words import shown
from connectors.working import retry_delivery
from membership.backoffice import ReadOnlyAdmin
from registry.admin_jobs import JobAdmin

COLOURS = {
    "waiting": "info", "applied": "success", "older": "", "ignored": "", "refused": "danger",
    "failed": "danger", "staff": "warning",
}  # fmt: skip


@admin.register(ReceivedDelivery)
class ReceivedDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("topic", "connection", "state_label", "outcome", "received_at", "worked_at")
    list_filter = (
        ("state", ChoicesDropdownFilter), ("connection", RelatedDropdownFilter),
    )  # fmt: skip
    search_fields = ("delivery_id", "topic")
    list_select_related = ("connection",)
    ordering = ("-received_at", "-id")
    actions_detail = ("retry",)
    fieldsets = (
        (None, {"fields": (("connection", "topic"), ("state", "attempts"), "outcome")}),
        (gettext_lazy("When"), {"fields": (("triggered_at", "received_at"), ("worked_at", "delivery_id"))}),
        (gettext_lazy("Content"), {"fields": ("content",)}),
    )
    readonly_fields = ("content", "outcome")

    @display(description=gettext_lazy("state"), ordering="state", label=COLOURS)
    def state_label(self, delivery: ReceivedDelivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()

    @display(description=gettext_lazy("what became of it"), empty_value="–")
    def outcome(self, delivery: ReceivedDelivery) -> str | None:
        return shown(delivery.detail) or None

    @display(description=gettext_lazy("content"))
    def content(self, delivery: ReceivedDelivery) -> SafeString:
        text = json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False)
        return format_html('<pre class="whitespace-pre-wrap break-all text-xs">{}</pre>', text)

    def has_retry_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return request.user.has_perm("connectors.change_receiveddelivery")

    @action(
        description=gettext_lazy("Try again"),
        icon="replay",
        permissions=["retry"],
        dialog={
            "title": gettext_lazy("Work on this message once more?"),
            "description": gettext_lazy("A message that is older than what is known still changes nothing."),
            "form_class": None,
            "form_submit_text": gettext_lazy("Try again"),
        },
    )
    def retry(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        delivery = get_object_or_404(ReceivedDelivery, pk=object_id)
        retry_delivery(delivery=delivery)
        self.log_change(request, delivery, "retried")
        messages.success(request, _("The message waits to be worked on."))
        url = reverse("admin:connectors_receiveddelivery_changelist")
        return HttpResponse(headers={"HX-Redirect": url})


@admin.register(BackFill)
class BackFillAdmin(JobAdmin):
    list_display = ("connection", "status_label", "bar", "what", "read", "queued_at", "finished_at")
    list_filter = (("status", ChoicesDropdownFilter), ("connection", RelatedDropdownFilter))
    list_select_related = ("connection",)
    ordering = ("-queued_at", "-id")
    fieldsets = (
        (None, {"fields": ("connection", ("status", "bar"), "what", "read", "problem")}),
        (gettext_lazy("When"), {"fields": (("queued_at", "started_at"), ("finished_at", "attempts"))}),
    )
    readonly_fields = ("bar", "what", "read", "problem")

    @display(description=gettext_lazy("error"), empty_value="–")
    def problem(self, job: BackFill) -> str | None:
        return shown(job.error) or None

    @display(description=gettext_lazy("what is read"))
    def what(self, job: BackFill) -> str:
        return _("everything") if job.since is None else _("what changed")

    @display(description=gettext_lazy("read"))
    def read(self, job: BackFill) -> str:
        names = {
            "customer": _("customers"), "product": _("products"), "order": _("orders"), "place": _("places"),
            "refused": _("refused"),
        }  # fmt: skip
        return ", ".join(f"{names.get(name, name)} {n:,}" for name, n in job.counts.items() if n) or "–"
