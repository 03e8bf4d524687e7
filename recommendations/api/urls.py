"""The routes of recommendations, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path

from recommendations.api.views import MemberRecommendationsView

urlpatterns = [
    path(
        "members/<uuid:public_id>/recommendations/",
        MemberRecommendationsView.as_view(),
        name="api-member-recommendations",
    ),
]
