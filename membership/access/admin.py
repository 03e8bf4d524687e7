"""The admin of API keys: create one, show it once, withdraw it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from membership.access.keys import SCOPES, create_api_key, revoke_api_key
from membership.backoffice import ShopAdmin
from membership.models import ApiKey

STATE_COLOURS = {"usable": "success", "expired": "warning", "revoked": "danger"}


class NewKeyForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at run time
    """The form of a new key: its name, scopes and days until it expires."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, widget=UnfoldAdminTextInputWidget)
    wanted_scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=lambda: [(scope, f"{scope}: {title}") for scope, title in SCOPES.items()],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=gettext_lazy("How long the key works; empty means until it is withdrawn."),
        widget=UnfoldAdminIntegerFieldWidget,
    )

    class Meta:
        model = ApiKey
        fields = ("name",)


@admin.register(ApiKey)
class ApiKeyAdmin(ShopAdmin):
    list_display = ("name", "prefix", "state", "scope_text", "created_at", "last_used_at", "expires_at")
    search_fields = ("name", "prefix")
    ordering = ("name",)
    fields = (
        "name",
        "prefix",
        "state_text",
        "scope_text",
        "created_by",
        "created_at",
        "last_used_at",
        "expires_at",
    )
    readonly_fields = ("state_text", "scope_text", "created_at")
    actions_detail = ("revoke",)
    add_fieldsets = ((None, {"fields": ("name", "wanted_scopes", "days")}),)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False  # a withdrawn key stays, so that old log lines can be read

    def has_revoke_permission(self, request: HttpRequest, object_id: object = None) -> bool:
        return request.user.has_perm("membership.change_apikey")

    def get_form(self, request: HttpRequest, obj: object = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            return NewKeyForm
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        key, secret = create_api_key(
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["wanted_scopes"],
            days=form.cleaned_data["days"],
            created_by=request.user,  # type: ignore[arg-type]  # the admin lets nobody in who is not a user
        )
        obj.pk = key.pk
        obj.refresh_from_db()
        shown_once = _("The key is %(secret)s. Copy it now: it is not shown again.") % {"secret": secret}
        messages.warning(request, shown_once)

    @display(description=gettext_lazy("state"), label=STATE_COLOURS)
    def state(self, key: ApiKey) -> tuple[str, str]:
        if key.revoked_at is not None:
            return "revoked", _("Withdrawn")
        if key.expires_at is not None and key.expires_at <= timezone.now():
            return "expired", _("Expired")
        return "usable", _("Usable")

    @display(description=gettext_lazy("state"))
    def state_text(self, key: ApiKey) -> str:
        return self.state(key)[1]  # type: ignore[no-any-return]  # the decorator hides the type

    @display(description=gettext_lazy("scopes"))
    def scope_text(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @action(
        description=gettext_lazy("Withdraw"),
        icon="key_off",
        permissions=["revoke"],
        dialog={
            "title": gettext_lazy("Withdraw this key?"),
            "description": gettext_lazy("Requests with it are refused from now on. This cannot be undone."),
            "form_class": None,
            "form_submit_text": gettext_lazy("Withdraw"),
        },
    )
    def revoke(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        key = get_object_or_404(ApiKey, pk=object_id)
        revoke_api_key(key=key)
        self.log_change(request, key, "withdrawn")
        messages.success(request, _("%(key)s no longer works.") % {"key": key})
        return HttpResponse(headers={"HX-Redirect": reverse("admin:membership_apikey_changelist")})
