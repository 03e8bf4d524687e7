"""The routes of recommendations, below ``/api/v1/``."""

from __future__ import annotations

from django.urls import path

from recommendations.api import experiments, views

urlpatterns = [
    path(
        "members/<uuid:public_id>/recommendations/",
        views.MemberRecommendationsView.as_view(),
        name="api-member-recommendations",
    ),
    path("products/search/", views.ProductSearchView.as_view(), name="api-product-search"),
    path("products/<uuid:id>/similar/", views.SimilarProductsView.as_view(), name="api-product-similar"),
    path(
        "products/<uuid:id>/bought-together/", views.BoughtTogetherView.as_view(), name="api-product-together"
    ),
    path("recommendations/trending/", views.TrendingView.as_view(), name="api-trending"),
    path("recommendations/cart/", views.CartView.as_view(), name="api-cart"),
    path("experiments/", experiments.ExperimentsView.as_view(), name="api-experiments"),
    path("experiments/<uuid:id>/", experiments.ExperimentView.as_view(), name="api-experiment"),
    path(
        "experiments/<uuid:id>/results/",
        experiments.ExperimentResultsView.as_view(),
        name="api-experiment-results",
    ),
]
