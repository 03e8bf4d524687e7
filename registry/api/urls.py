"""The routes of models and their training, below ``/api/v1/``.

``training-runs/`` itself is in ``config.api.urls``, which puts idempotency keys around it.
"""

from __future__ import annotations

from django.urls import path

from registry.api import views

urlpatterns = [
    path("models/", views.ModelsView.as_view(), name="api-models"),
    path("models/<uuid:id>/", views.ModelView.as_view(), name="api-model"),
    path("models/<uuid:id>/promote/", views.PromoteView.as_view(), name="api-model-promote"),
    path("models/<uuid:id>/rollback/", views.RollbackView.as_view(), name="api-model-rollback"),
    path("training-runs/<uuid:id>/", views.TrainingRunView.as_view(), name="api-training-run"),
]
