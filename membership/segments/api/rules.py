"""Rules in requests: which fields the caller may ask, and mistakes with their places."""

from __future__ import annotations

from rest_framework.exceptions import APIException
from rest_framework.request import Request

from learning.json_types import JsonMapping
from membership.access.permissions import staff_user
from membership.models import ApiKey, Segment
from membership.rules.checking import May
from membership.rules.errors import RuleProblem
from membership.rules.nodes import Node
from membership.rules.reading import BadRule, read_rule
from membership.rules.registry import SegmentField


class RuleMistakes(APIException):
    """400 with ``errors: [{field, message, line, column, suggestion}]``."""

    status_code = 400
    default_code = "bad_rule"

    def __init__(self, error: BadRule) -> None:
        super().__init__(error.message)
        self.field_errors = [problem_data(problem) for problem in error.problems]


def problem_data(problem: RuleProblem) -> dict[str, object]:
    return {
        "field": "text",
        "message": problem.message,
        "line": problem.place.line,
        "column": problem.place.column,
        "suggestion": problem.suggestion,
    }


def given_rule(request: Request, given: JsonMapping, *, segment: Segment | None = None) -> Node | None:
    """The checked rule of ``text`` or ``rule``; None where neither was sent. Raises RuleMistakes."""
    if "text" not in given and "rule" not in given:
        return None
    try:
        return read_rule(
            text=given.get("text"), data=given.get("rule"), may=may_ask(request), segment=segment
        )
    except BadRule as error:
        raise RuleMistakes(error) from None


def may_ask(request: Request) -> May:
    """Staff need a field's permission, API keys its scope."""
    key, user = request.auth, staff_user(request)

    def may(field: SegmentField) -> bool:
        if isinstance(key, ApiKey):
            return field.scope in key.scopes
        return user is not None and user.has_perm(field.permission)

    return may
