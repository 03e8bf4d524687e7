"""Rules from texts for tests, with the ids of what they name."""

from __future__ import annotations

from django.utils import timezone

from membership.models import Segment
from membership.rules.checking import check_rule, everything
from membership.rules.language import parse
from membership.rules.nodes import Node
from membership.rules.stored import add_version
from tests.factories import SegmentFactory


def rule_of(text: str) -> Node:
    """The checked rule of a text."""
    return check_rule(parse(text), as_of=timezone.now(), may=everything)


def dynamic(key: str, *texts: str) -> Segment:
    """A segment whose rule had these versions."""
    segment = SegmentFactory(key=key, kind=Segment.Kind.DYNAMIC)
    for text in texts:
        add_version(segment=segment, rule=rule_of(text))
    return segment
