"""Changing one's own password, which is required while the printed one-time password is in use."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.auth.views import PasswordChangeView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.forms import AdminOwnPasswordChangeForm

from membership.models import OneTimePassword


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """A password of one's own ends the one-time password."""

    def save(self, commit: bool = True) -> object:
        with transaction.atomic():
            user = super().save(commit=commit)
            if commit:
                OneTimePassword.objects.filter(user=user).delete()
        return user


def change_password(request: HttpRequest) -> HttpResponseBase:
    """The admin's page, with our form."""
    view = PasswordChangeView.as_view(
        form_class=OwnPasswordForm,
        success_url=reverse("admin:password_change_done"),
        extra_context=admin.site.each_context(request),
    )
    return view(request)


class OneTimePasswordMiddleware:
    """Redirects staff with a one-time password to the page where they choose their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/admin/") and request.user.is_authenticated:
            change = reverse("admin:password_change")
            open_pages = (change, reverse("admin:logout"), reverse("admin:jsi18n"))
            if request.path not in open_pages and OneTimePassword.objects.filter(user=request.user).exists():
                messages.info(request, _("Choose a password of your own first."))
                return HttpResponseRedirect(change)
        return self.get_response(request)
