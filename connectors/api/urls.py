"""Where connected shops send their messages, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from connectors.api.views import view_of
from connectors.models import System

urlpatterns: list[URLPattern] = []
for _system in System:
    urlpatterns += [
        path(
            f"connectors/{_system}/",
            view_of(_system, named=False).as_view(),
            name=f"api-connector-{_system}",
        ),
        path(
            f"connectors/{_system}/<uuid:id>/",
            view_of(_system, named=True).as_view(),
            name=f"api-connection-{_system}",
        ),
    ]
