"""Reading a rule that somebody has written: checked, or refused with every fault."""

from __future__ import annotations

from django.utils import timezone

from membership.errors import Rejected
from membership.models import Segment
from membership.rules.checking import May, check_rule
from membership.rules.errors import RuleError, RuleProblem
from membership.rules.json_form import from_json
from membership.rules.language import parse
from membership.rules.names.written import text_of
from membership.rules.nodes import Node


class BadRule(Rejected):
    """A rule with mistakes; ``problems`` say where and what would be right."""

    def __init__(self, error: RuleError) -> None:
        super().__init__(str(error))
        self.problems: list[RuleProblem] = error.problems


def read_rule(
    *, text: str | None = None, data: object = None, may: May, segment: Segment | None = None
) -> Node:
    """The checked rule of a text or of its JSON form. Raises BadRule with all that is wrong."""
    try:
        if text is None:
            text = text_of(from_json(data))  # so that mistakes have places, which is the text's to give
        return check_rule(parse(text), as_of=timezone.now(), may=may, segment=segment)
    except RuleError as error:
        raise BadRule(error) from None
