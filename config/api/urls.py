"""The API of all apps: ``/api/v1/``, its OpenAPI schema and its documentation."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config.api.errors import unknown_route
from config.api.orders import OrdersView
from config.api.training import RunsView

v1: list[URLPattern | URLResolver] = [
    path("orders/", OrdersView.as_view(), name="api-orders"),
    path("training-runs/", RunsView.as_view(), name="api-training-runs"),
    path("", include("membership.urls")),
    path("", include("importing.api.urls")),
    path("", include("registry.api.urls")),
    path("", include("recommendations.api.urls")),
    path("", include("fraud.api.urls")),
    path("", include("forecasts.api.urls")),
    path("", include("connectors.api.urls")),
]

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    # the split view serves its script from an address of its own, as our content security policy wants
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("v1/", include(v1)),
    path("", unknown_route),
    path("<path:rest>", unknown_route),
]
