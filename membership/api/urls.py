"""The routes of members, products, orders, events and segments, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path

from membership.api.views import orders, tokens

urlpatterns = [
    path("auth/token/", tokens.TokenView.as_view(), name="api-token"),
    path("auth/token/refresh/", tokens.TokenRefreshView.as_view(), name="api-token-refresh"),
    path("orders/<uuid:id>/", orders.OrderView.as_view(), name="api-order"),
    path("orders/<uuid:id>/label/", orders.OrderLabelView.as_view(), name="api-order-label"),
]
