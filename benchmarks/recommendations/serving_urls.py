"""The program's URLs, and one view that does nothing: what ``serving`` compares with."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as program

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class NoOpView(APIView):
    required_scopes = {"GET": "recommendations:read"}
    required_permissions = {"GET": "recommendations.view_recommendation"}

    def get(self, request: Request) -> Response:
        return Response({"ok": True})


urlpatterns = [path("api/v1/noop/", NoOpView.as_view()), *program]
