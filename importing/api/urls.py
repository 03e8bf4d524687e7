"""The routes of imports, below ``/api/v1/imports/``."""

from __future__ import annotations

from django.urls import path

from importing.api import upload_views as uploads

urlpatterns = [
    path("imports/uploads/", uploads.UploadsView.as_view(), name="api-uploads"),
    path("imports/uploads/<uuid:id>/", uploads.UploadView.as_view(), name="api-upload"),
]
