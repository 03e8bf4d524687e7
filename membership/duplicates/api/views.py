"""Members who may be one person: the list, and saying that they are not."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from membership.access.permissions import caller_name
from membership.duplicates.api.serializers import CandidateOutput
from membership.duplicates.deciding import dismiss
from membership.models import DuplicateCandidate
from registry.api.lookups import by_public_id


class CandidateFilter(filters.FilterSet):  # type: ignore[misc]  # the package has no types
    member = filters.UUIDFilter(method="with_member", label="the id of one of the two")
    min_probability = filters.NumberFilter(
        "probability", "gte", min_value=0, max_value=1, label="at least this; 0.85, unless given"
    )
    state = filters.ChoiceFilter(choices=DuplicateCandidate.State.choices, label="open, unless given")

    class Meta:
        model = DuplicateCandidate
        fields = ()

    def with_member(
        self, queryset: QuerySet[DuplicateCandidate], name: str, value: UUID
    ) -> QuerySet[DuplicateCandidate]:
        return queryset.filter(Q(low__public_id=value) | Q(high__public_id=value))

    def filter_queryset(self, queryset: QuerySet[DuplicateCandidate]) -> QuerySet[DuplicateCandidate]:
        found: QuerySet[DuplicateCandidate] = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            found = found.filter(state=DuplicateCandidate.State.OPEN)
        if self.form.cleaned_data.get("min_probability") is None:
            found = found.filter(probability__gte=DuplicateCandidate.SHOWN)
        return found


class DuplicatesView(ListAPIView[DuplicateCandidate]):
    """Members who may be one person, the likeliest pair first. Merged and erased ones are never listed."""

    required_scopes = {"GET": "members:read"}
    required_permissions = {"GET": ("membership.view_duplicatecandidate", "membership.view_member")}
    queryset = DuplicateCandidate.objects.none()
    serializer_class = CandidateOutput
    filterset_class = CandidateFilter
    cursor_ordering = ("-probability", "-id")

    def get_queryset(self) -> QuerySet[DuplicateCandidate]:
        return DuplicateCandidate.objects.visible().select_related("low", "high")

    @extend_schema(operation_id="members_duplicates", tags=["members"])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.list(request, *args, **kwargs)


class DuplicateDismissView(APIView):
    required_scopes = {"POST": "members:write"}
    required_permissions = {"POST": ("membership.view_duplicatecandidate", "membership.change_member")}

    @extend_schema(
        operation_id="members_duplicates_dismiss", request=None, responses=CandidateOutput, tags=["members"]
    )
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Say that the two are different people. The pair comes back only when something about them changes.

        Safe to repeat. 409 when they are merged.
        """
        visible = DuplicateCandidate.objects.visible()
        candidate = by_public_id(visible, id, _("There is no possible duplicate %s."))
        dismiss(candidate=candidate, who=caller_name(request))
        candidate = DuplicateCandidate.objects.select_related("low", "high").get(pk=candidate.pk)
        return Response(CandidateOutput(candidate).data)
