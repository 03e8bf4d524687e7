"""Where connected shops send their messages, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import URLPattern, path

from connectors.api.views import ShopifyView, SignedView, WooCommerceView

VIEWS = {"shopify": ShopifyView, "woocommerce": WooCommerceView, "signed": SignedView}

urlpatterns: list[URLPattern] = []
for _system, _view in VIEWS.items():
    urlpatterns += [
        path(f"connectors/{_system}/", _view.as_view(), name=f"api-connector-{_system}"),
        path(f"connectors/{_system}/<uuid:id>/", _view.as_view(), name=f"api-connection-{_system}"),
    ]
