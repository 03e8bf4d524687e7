"""The routes of forecasts and promotions, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path

from forecasts.api import promotion_views as promotions
from forecasts.api import views as forecasts

urlpatterns = [
    path("members/<uuid:id>/forecast/", forecasts.MemberForecastView.as_view(), name="api-member-forecast"),
    path(
        "products/<uuid:id>/forecast/", forecasts.ProductForecastView.as_view(), name="api-product-forecast"
    ),
    path("promotions/", promotions.PromotionsView.as_view(), name="api-promotions"),
    path("promotions/<uuid:id>/", promotions.PromotionView.as_view(), name="api-promotion"),
    path("stock-advice/", forecasts.StockAdviceView.as_view(), name="api-stock-advice"),
]
