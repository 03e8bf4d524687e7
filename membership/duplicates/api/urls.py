"""Routes of possible duplicates, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path

from membership.duplicates.api import views

urlpatterns = [
    path("members/duplicates/", views.DuplicatesView.as_view(), name="api-duplicates"),
    path(
        "members/duplicates/<uuid:id>/dismiss/",
        views.DuplicateDismissView.as_view(),
        name="api-duplicate-dismiss",
    ),
]
