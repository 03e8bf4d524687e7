"""Recommendations over REST."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.api.permissions import get_member
from recommendations.api.serializers import RecommendationList, RecommendationQuery
from recommendations.services.serving import recommend


class MemberRecommendationsView(APIView):
    """What to show one member."""

    required_scopes = {"GET": "recommendations:read"}
    required_permissions = {"GET": "recommendations.view_recommendation"}
    member_methods = frozenset({"GET"})

    @extend_schema(
        operation_id="member_recommendations",
        parameters=[RecommendationQuery],
        responses=RecommendationList,
        tags=["recommendations"],
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        """The member's products on one surface, best first, with reasons; ``source`` says where from."""
        query = RecommendationQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        served = recommend(member=get_member(request, public_id), **query.validated_data)
        return Response(RecommendationList(served).data)
