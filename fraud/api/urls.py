"""The routes of fraud alerts, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path

from fraud.api.views import AlertReviewView, AlertsView, AlertView

urlpatterns = [
    path("alerts/", AlertsView.as_view(), name="api-alerts"),
    path("alerts/<uuid:id>/", AlertView.as_view(), name="api-alert"),
    path("alerts/<uuid:id>/review/", AlertReviewView.as_view(), name="api-alert-review"),
]
