"""What rules may ask, and rules from words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from learning.json_types import JsonObject
from membership.errors import Rejected
from membership.rules.json_form import to_json
from membership.segments.api.draft_serializers import DraftInput, DraftOutput, LanguageOutput
from membership.segments.api.rules import may_ask
from membership.segments.editing.drafts import SegmentDraft, draft_rule
from membership.segments.editing.editor import rule_language
from membership.segments.editing.previews import preview


class LanguageView(APIView):
    required_scopes = {"GET": "segments:read"}
    required_permissions = {"GET": "membership.view_segment"}

    @extend_schema(operation_id="segments_language", responses=LanguageOutput, tags=["segments"])
    def get(self, request: Request) -> Response:
        """The fields, behaviours, names and templates that the caller may use in a rule: for editors."""
        return Response(rule_language(may=may_ask(request)))


class DraftView(APIView):
    required_scopes = {"POST": "segments:read"}
    required_permissions = {"POST": "membership.view_segment"}

    @extend_schema(
        operation_id="segments_draft", request=DraftInput, responses=DraftOutput, tags=["segments"]
    )
    def post(self, request: Request) -> Response:
        """A rule for members described in words, what was assumed, and whom it finds. Nothing is stored."""
        given = DraftInput(data=request.data)
        given.is_valid(raise_exception=True)
        draft = draft_rule(text=given.validated_data["text"], may=may_ask(request))
        answer: JsonObject = {
            "rule": to_json(draft.rule) if draft.rule is not None else None,
            "text": draft.text, "preview": None, "unsure": list(draft.unsure), "refusal": draft.refusal,
            "source": draft.source,
        }  # fmt: skip
        try:
            answer["preview"] = _preview(draft)
        except Rejected as error:
            answer["unsure"].append(_("There is no preview: %s") % error.message)
        return Response(DraftOutput(answer).data)


def _preview(draft: SegmentDraft) -> object:
    return preview(rule=draft.rule) if draft.rule is not None else None
