"""Every URL of the program."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from config.pages.health import healthz
from config.pages.home import start_retrain
from config.pages.member import member_page
from config.pages.password import change_password
from config.pages.product import product_page
from config.pages.progress import front_door, progress_json, progress_page
from config.pages.registered import registered
from config.pages.test_order import test_order

urlpatterns = [
    path("", front_door, name="front-door"),
    path("healthz", healthz, name="healthz"),
    path("setup/", progress_page, name="setup"),
    path("setup/progress.json", progress_json, name="setup-json"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/password_change/", admin.site.admin_view(change_password)),  # instead of the admin's own
    path("admin/home/retrain/", admin.site.admin_view(start_retrain), name="start_retrain"),
    path("admin/registered/", admin.site.admin_view(registered), name="registered"),
    path("admin/test-order/", admin.site.admin_view(test_order), name="test_order"),
    path("admin/membership/member/<int:member_id>/", admin.site.admin_view(member_page), name="member_page"),
    path(
        "admin/membership/product/<int:product_id>/", admin.site.admin_view(product_page), name="product_page"
    ),
    path("admin/imports/", include("importing.pages.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("config.api.urls")),
]

# below /api/ these answer with application/problem+json, elsewhere with Django's pages
handler400 = "config.api.errors.bad_request"
handler403 = "config.api.errors.permission_denied"
handler404 = "config.api.errors.page_not_found"
handler500 = "config.api.errors.server_error"
