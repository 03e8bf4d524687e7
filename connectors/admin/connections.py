"""The admin of connections: what to do in the other system, state, fetching, pausing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminPasswordWidget

from connectors.admin.steps import steps_of
from connectors.connecting import callback_path, drop_previous_secret, save_connection
from connectors.fetching.addresses import plain_address
from connectors.fetching.back_fill import request_back_fill
from connectors.fetching.errors import ShopProblem
from connectors.models import BackFill, Connection, System
from connectors.words import shown
from connectors.working import go_on, pause
from learning.json_types import JsonObject
from membership.backoffice import ShopAdmin
from registry.admin_jobs import progress_bar

STATE_COLOURS = {"active": "success", "paused": "warning", "broken": "danger"}
KEPT = gettext_lazy("Kept encrypted and never shown. Empty: as it is.")


def _secret(label: Any, help_text: Any = KEPT) -> forms.CharField:
    widget = UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, required=False, max_length=400, help_text=help_text, widget=widget)


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at run time
    """Secrets can be entered here and are never read back."""

    webhook_secret = _secret(gettext_lazy("Webhook secret"))
    access_key = _secret(gettext_lazy("Consumer key (WooCommerce)"))
    access_token = _secret(gettext_lazy("Access token (Shopify) or consumer secret (WooCommerce)"))

    class Meta:
        model = Connection
        fields = ("system", "name", "shop_address", "order_prefix")

    def clean_shop_address(self) -> str:
        address: str = self.cleaned_data["shop_address"]
        if not address:
            return ""
        try:
            return plain_address(address)
        except ShopProblem as error:
            raise ValidationError(str(error)) from None

    def clean(self) -> JsonObject:
        data: JsonObject = super().clean() or {}
        system = data.get("system") or self.instance.system
        if system != System.SIGNED and "shop_address" not in self.errors and not data.get("shop_address"):
            self.add_error("shop_address", _("This system needs the shop's address."))
        return data


@admin.register(Connection)
class ConnectionAdmin(ShopAdmin):
    form = ConnectionForm
    list_display = ("name", "system", "state_label", "last_delivery", "fetched_until", "error_text")
    search_fields = ("name", "shop_address")
    ordering = ("name",)
    actions_detail = ("fetch_everything", "pause_or_go_on", "forget_previous_secret")
    secret_fields = ("webhook_secret", "access_key", "access_token")
    fieldsets = (
        (None, {"fields": (("system", "name"), ("shop_address", "order_prefix"))}),
        (gettext_lazy("What to do in the shop"), {"fields": ("steps", "callback")}),
        (gettext_lazy("Secrets"), {"fields": secret_fields}),
        (
            gettext_lazy("State"),
            {"fields": (("state_text", "last_delivery"), ("fetched_until", "latest_fetch"), "error_text")},
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("system", "name", "shop_address", "order_prefix")}),
        (gettext_lazy("Secrets"), {"fields": secret_fields}),
    )
    readonly_fields = (
        "steps", "callback", "state_text", "last_delivery", "fetched_until", "latest_fetch", "error_text",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        rows: QuerySet[Connection] = super().get_queryset(request)
        return rows.annotate(last_received=Max("deliveries__received_at"))

    def get_readonly_fields(self, request: HttpRequest, obj: Connection | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "system") if obj is not None else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        secrets = {name: form.cleaned_data.get(name) or "" for name in self.secret_fields}
        if made := save_connection(connection=obj, secrets=secrets):
            text = _("The webhook secret is %(secret)s. Copy it now: it is not shown again.")
            messages.warning(request, text % {"secret": made})

    def response_post_save_add(self, request: HttpRequest, obj: Connection) -> HttpResponse:
        """To its own page, which says what to do in the shop."""
        return HttpResponseRedirect(_page_of(obj))

    # --- columns -----------------------------------------------------------------------------------
    @display(description=gettext_lazy("state"), label=STATE_COLOURS)
    def state_label(self, connection: Connection) -> tuple[str, str]:
        if connection.error:
            return "broken", _("Needs help")
        return connection.state, connection.get_state_display()

    @display(description=gettext_lazy("state"))
    def state_text(self, connection: Connection) -> str:
        return str(connection.get_state_display())

    @display(description=gettext_lazy("last message"), ordering="last_received", empty_value="–")
    def last_delivery(self, connection: Connection) -> datetime | None:
        return getattr(connection, "last_received", None)

    @display(description=gettext_lazy("error"), empty_value="–")
    def error_text(self, connection: Connection) -> str | None:
        return shown(connection.error) or None

    @display(description=gettext_lazy("steps"))
    def steps(self, connection: Connection) -> SafeString:
        return steps_of(connection.system)

    @display(description=gettext_lazy("address for messages"))
    def callback(self, connection: Connection) -> SafeString:
        return format_html('<code class="break-all">{}</code>', f"{self._origin}{callback_path(connection)}")

    @display(description=gettext_lazy("latest fetch"))
    def latest_fetch(self, connection: Connection) -> SafeString | str:
        job = BackFill.objects.filter(connection=connection).order_by("-id").first()
        return "–" if job is None else progress_bar(job)

    _origin = ""

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        self._origin = request.build_absolute_uri("/").rstrip("/")
        answer: HttpResponse = super().changeform_view(request, *args, **options)
        return answer

    # --- actions -----------------------------------------------------------------------------------
    def has_act_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return request.user.has_perm("connectors.change_connection")

    @action(
        description=gettext_lazy("Fetch everything"),
        icon="cloud_download",
        permissions=["act"],
        dialog={
            "title": gettext_lazy("Fetch everything from this shop?"),
            "description": gettext_lazy(
                "All customers, products and orders are read. What is here already stays as it is, or is "
                "brought up to date."
            ),
            "form_class": None,
            "form_submit_text": gettext_lazy("Fetch"),
        },
    )
    def fetch_everything(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        connection = get_object_or_404(Connection, pk=object_id)
        try:
            _job, is_new = request_back_fill(connection=connection)
        except ShopProblem as error:
            messages.error(request, str(error))
        else:
            self.log_change(request, connection, "fetch started")
            text = _("The shop is being read.") if is_new else _("The shop is being read already.")
            messages.success(request, text)
        return _to(connection)

    @action(
        description=gettext_lazy("Pause or go on"),
        icon="pause_circle",
        permissions=["act"],
        dialog={
            "title": gettext_lazy("Pause this connection, or let it go on?"),
            "description": gettext_lazy("While it is paused, messages are kept and wait."),
            "form_class": None,
            "form_submit_text": gettext_lazy("Pause or go on"),
        },
    )
    def pause_or_go_on(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        connection = get_object_or_404(Connection, pk=object_id)
        if connection.state == Connection.State.ACTIVE:
            pause(shop=connection)
            messages.success(request, _("The connection is paused."))
        else:
            go_on(shop=connection)
            messages.success(request, _("The connection goes on."))
        self.log_change(request, connection, "paused or resumed")
        return _to(connection)

    @action(
        description=gettext_lazy("Drop the old secret"),
        icon="key_off",
        permissions=["act"],
        dialog={
            "title": gettext_lazy("Drop the webhook secret before the present one?"),
            "description": gettext_lazy("Messages that are signed with it are refused from now on."),
            "form_class": None,
            "form_submit_text": gettext_lazy("Drop it"),
        },
    )
    def forget_previous_secret(
        self, request: HttpRequest, form: BaseDialogForm, object_id: str
    ) -> HttpResponse:
        connection = get_object_or_404(Connection, pk=object_id)
        drop_previous_secret(connection=connection)
        self.log_change(request, connection, "previous secret dropped")
        messages.success(request, _("Only the present secret is valid now."))
        return _to(connection)


def _page_of(connection: Connection) -> str:
    return reverse("admin:connectors_connection_change", args=(connection.pk,))


def _to(connection: Connection) -> HttpResponse:
    """Where a dialog's page goes after its button was pressed."""
    return HttpResponse(headers={"HX-Redirect": _page_of(connection)})
