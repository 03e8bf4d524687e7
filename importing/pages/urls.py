"""Pages of imports, below ``admin/imports/``."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from importing.pages.correcting import correct_rows
from importing.pages.undoing import undo_page
from importing.pages.views import import_now, import_page, new_import

urlpatterns = [
    path("new/", admin.site.admin_view(new_import), name="new_import"),
    path("<uuid:public_id>/", admin.site.admin_view(import_page), name="import_page"),
    path("<uuid:public_id>/import/", admin.site.admin_view(import_now), name="import_now"),
    path("<uuid:public_id>/undo/", admin.site.admin_view(undo_page), name="undo_import"),
    path("<uuid:public_id>/corrections/", admin.site.admin_view(correct_rows), name="correct_rows"),
]
