"""Every URL of the program."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from config.pages.health import healthz
from config.pages.progress import front_door, progress_json, progress_page

urlpatterns = [
    path("", front_door, name="front-door"),
    path("healthz", healthz, name="healthz"),
    path("setup/", progress_page, name="setup"),
    path("setup/progress.json", progress_json, name="setup-json"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("api/", include("config.api_urls")),
]

# below /api/ these answer with application/problem+json, elsewhere with Django's pages
handler400 = "config.api.bad_request"
handler403 = "config.api.permission_denied"
handler404 = "config.api.page_not_found"
handler500 = "config.api.server_error"
