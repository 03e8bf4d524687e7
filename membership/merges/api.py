"""Merges over REST: merge two members, read a merge, undo it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from membership.access.idempotency import idempotent
from membership.access.permissions import caller_name, get_member
from membership.members.lookups import find_member
from membership.merges.merging import merge_members
from membership.merges.undoing import undo_merge
from membership.models import Member, Merge
from registry.api.lookups import by_public_id
from registry.queueing import queue_after_commit

REFRESH = "membership.tasks.refresh_changed_members"
LATE = "membership.tasks.move_late_rows"


class MergeInput(serializers.Serializer[Merge]):
    other = serializers.CharField(
        max_length=120, help_text=gettext_lazy("The id or number of the member that is merged into this one.")
    )
    choose = serializers.DictField(
        child=serializers.ChoiceField(choices=[("this", "this"), ("other", "other")]),
        required=False,
        help_text=gettext_lazy('Whose value is kept, by field, such as {"name": "other"}.'),
    )


class MergedMember(serializers.ModelSerializer[Member]):
    id = serializers.UUIDField(source="public_id")

    class Meta:
        model = Member
        fields = ("id", "member_no", "name")


class MergeOutput(serializers.ModelSerializer[Merge]):
    """``choices``: whose value was kept, *this* being the member kept. ``undone_at``: null while it holds."""

    id = serializers.UUIDField(source="public_id")
    kept = MergedMember()
    other = MergedMember()
    choices = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = Merge
        fields = (
            "id", "kept", "other", "choices", "who", "merged_at", "undoable_until", "undone_at", "undone_by",
        )  # fmt: skip


class MemberMergeView(APIView):
    required_scopes = {"POST": "members:write"}
    required_permissions = {"POST": "membership.add_merge"}

    @extend_schema(
        operation_id="members_merge", request=MergeInput, responses={201: MergeOutput}, tags=["members"]
    )
    @idempotent
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Merge another member into this one, which is kept. Can be undone for 30 days.

        Fields that ``choose`` does not name follow rules: the value of the member kept unless it is empty,
        the earliest joining, the higher tier. 409 where the two cannot be merged.
        """
        member = get_member(request, id)
        given = MergeInput(data=request.data)
        given.is_valid(raise_exception=True)
        merge = merge_members(
            keep=member, other=find_member(given.validated_data["other"], field="other"),
            choose=given.validated_data.get("choose"), who=caller_name(request),
        )  # fmt: skip
        queue_after_commit(REFRESH)
        queue_after_commit(LATE)
        location = reverse("api-merge", kwargs={"id": merge.public_id})
        return Response(MergeOutput(merge).data, status=201, headers={"Location": location})


class MergeView(APIView):
    required_scopes = {"GET": "members:read"}
    required_permissions = {"GET": "membership.view_merge"}

    @extend_schema(operation_id="merges_get", responses=MergeOutput, tags=["members"])
    def get(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """One merge: who was merged into whom, by whom, until when it can be undone."""
        return Response(MergeOutput(get_merge(id)).data)


class MergeUndoView(APIView):
    required_scopes = {"POST": "members:write"}
    required_permissions = {"POST": "membership.change_merge"}

    @extend_schema(operation_id="merges_undo", request=None, responses=MergeOutput, tags=["members"])
    def post(self, request: Request, id: UUID) -> Response:  # noqa: A002  # the name in the contract
        """Give both members back what they were and had. 409 with the reason where that is not possible."""
        merge = undo_merge(merge=get_merge(id), who=caller_name(request))
        queue_after_commit(REFRESH)
        return Response(MergeOutput(merge).data)


def merges() -> QuerySet[Merge]:
    return Merge.objects.select_related("kept", "other")


def get_merge(public_id: UUID) -> Merge:
    """Raises Http404."""
    return by_public_id(merges(), public_id, _("There is no merge %s."))
