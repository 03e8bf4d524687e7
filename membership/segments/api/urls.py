"""Further routes of segments, below ``/api/v1/segments/``."""

from __future__ import annotations

from django.urls import path

from membership.segments.api import draft_views as segment_drafts
from membership.segments.api import export_views as segment_exports

urlpatterns = [
    path("language/", segment_drafts.LanguageView.as_view(), name="api-segment-language"),
    path("draft/", segment_drafts.DraftView.as_view(), name="api-segment-draft"),
    path("<uuid:id>/export/", segment_exports.SegmentExportView.as_view(), name="api-segment-export"),
]
