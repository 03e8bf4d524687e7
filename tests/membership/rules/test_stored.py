"""The rules that segments have now, and which refer to which."""

from __future__ import annotations

import pytest

from membership.models import Segment, SegmentVersion
from membership.rules.errors import RuleError
from membership.rules.language import parse
from membership.rules.nodes import to_json
from membership.rules.stored import current_rule, current_versions, dependent_last, references, users_of
from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db


def dynamic(key: str, *texts: str) -> Segment:
    """A segment whose rule had these versions."""
    segment = SegmentFactory(key=key, kind=Segment.Kind.DYNAMIC)
    for number, text in enumerate(texts, start=1):
        SegmentVersion.objects.create(segment=segment, number=number, rule=to_json(parse(text)))
    return segment


def unreadable(key: str) -> Segment:
    segment = SegmentFactory(key=key, kind=Segment.Kind.DYNAMIC)
    SegmentVersion.objects.create(segment=segment, number=1, rule={"version": 99})
    return segment


def test_the_newest_version_is_the_rule() -> None:
    segment = dynamic("a", "tier = gold", "tier = silver")

    assert current_rule(segment) == parse("tier = silver")
    assert current_versions()[segment.pk].number == 2


@pytest.mark.parametrize("kind", ["manual", "model"])
def test_a_segment_kept_otherwise_has_no_rule(kind) -> None:
    segment = SegmentFactory(kind=kind)
    SegmentVersion.objects.create(segment=segment, number=1, rule={"model": "rfm"})

    assert current_rule(segment) is None
    assert current_versions() == {}


def test_a_segment_without_a_version_has_no_rule_yet() -> None:
    assert current_rule(SegmentFactory(kind="dynamic")) is None


def test_an_unreadable_rule_raises_when_used_and_has_no_references() -> None:
    broken = unreadable("broken")
    dynamic("a", 'segment("broken")')

    assert references() == {"a": {"broken"}}
    with pytest.raises(RuleError):
        current_rule(broken)


def test_users_of_a_segment_are_those_whose_newest_rule_names_it() -> None:
    base = dynamic("base", "tier = gold")
    dynamic("now", "tier = gold", 'segment("base")')
    dynamic("before", 'segment("base")', "tier = gold")

    assert users_of(base) == ["now"]


def test_each_segment_comes_after_those_it_refers_to() -> None:
    dynamic("a", 'segment("c") and segment("b")')
    dynamic("b", 'segment("c")')
    dynamic("c", 'segment("hand")')

    assert [segment.key for segment in dependent_last()] == ["c", "b", "a"]


def test_a_stored_cycle_ends() -> None:
    dynamic("a", 'segment("b")')
    dynamic("b", 'segment("a")')

    assert sorted(segment.key for segment in dependent_last()) == ["a", "b"]


def test_the_order_of_many_segments_takes_few_queries(django_assert_num_queries) -> None:
    for number in range(8):
        dynamic(f"s{number}", "tier = gold")

    with django_assert_num_queries(2):
        assert len(dependent_last()) == 8
