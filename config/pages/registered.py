"""The admin's page about everything that apps have registered."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.registered import registered_tables

PERMISSION = "registry.view_trainingrun"
"""What the groups Data and Admin have, and no other."""


@require_safe
def registered(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": _("Registered"),
        "tables": registered_tables(),
    }
    request.current_app = admin.site.name  # Unfold's header asks for it
    return TemplateResponse(request, "config/registered.html", context)
