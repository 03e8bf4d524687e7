"""The routes of fraud alerts, rules and lists, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path

from fraud.api.rule_views import (
    BacktestView,
    FraudRulesView,
    FraudRuleView,
    ListEntriesView,
    ListEntryView,
)
from fraud.api.views import AlertReviewView, AlertsView, AlertView

urlpatterns = [
    path("alerts/", AlertsView.as_view(), name="api-alerts"),
    path("alerts/<uuid:id>/", AlertView.as_view(), name="api-alert"),
    path("alerts/<uuid:id>/review/", AlertReviewView.as_view(), name="api-alert-review"),
    path("fraud/rules/", FraudRulesView.as_view(), name="api-fraud-rules"),
    path("fraud/rules/<uuid:id>/", FraudRuleView.as_view(), name="api-fraud-rule"),
    path("fraud/rules/<uuid:id>/backtest/", BacktestView.as_view(), name="api-fraud-rule-backtest"),
    path("fraud/lists/", ListEntriesView.as_view(), name="api-fraud-lists"),
    path("fraud/lists/<uuid:id>/", ListEntryView.as_view(), name="api-fraud-list-entry"),
]
