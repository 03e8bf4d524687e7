"""The routes of members, products, orders, events and segments, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path

from membership.api.views import tokens

urlpatterns = [
    path("auth/token/", tokens.TokenView.as_view(), name="api-token"),
    path("auth/token/refresh/", tokens.TokenRefreshView.as_view(), name="api-token-refresh"),
]
