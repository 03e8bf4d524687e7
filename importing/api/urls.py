"""The routes of imports, below ``/api/v1/imports/``."""

from __future__ import annotations

from django.urls import path

from importing.api import undo
from importing.api import upload_views as uploads
from importing.api import views as imports

urlpatterns = [
    path("imports/", imports.ImportsView.as_view(), name="api-imports"),
    path("imports/preview/", imports.PreviewView.as_view(), name="api-import-preview"),
    path("imports/mappings/", imports.MappingsView.as_view(), name="api-import-mappings"),
    path("imports/mappings/<uuid:id>/", imports.MappingView.as_view(), name="api-import-mapping"),
    path("imports/groups/", imports.GroupsView.as_view(), name="api-import-groups"),
    path("imports/uploads/", uploads.UploadsView.as_view(), name="api-uploads"),
    path("imports/uploads/<uuid:id>/", uploads.UploadView.as_view(), name="api-upload"),
    path("imports/<uuid:id>/", imports.ImportView.as_view(), name="api-import"),
    path("imports/<uuid:id>/undo/", undo.UndoView.as_view(), name="api-import-undo"),
    path("imports/<uuid:id>/run/", imports.RunView.as_view(), name="api-import-run"),
]
