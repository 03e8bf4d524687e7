"""The rules that segments have now, and which refer to which."""

from __future__ import annotations

import pytest

from membership.models import Segment, SegmentVersion
from membership.rules.errors import RuleError
from membership.rules.language import parse
from membership.rules.nodes import InSegment, Ref
from membership.rules.stored import (
    add_version,
    current_rule,
    dependent_last,
    reached_from,
    references,
    users_of,
)
from tests.factories import SegmentFactory
from tests.membership.rules.rule_texts import dynamic

pytestmark = pytest.mark.django_db


def unreadable(key: str) -> Segment:
    segment = SegmentFactory(key=key, kind=Segment.Kind.DYNAMIC)
    SegmentVersion.objects.create(segment=segment, number=1, rule={"version": 99})
    return segment


def test_the_newest_version_is_the_rule() -> None:
    segment = dynamic("a", "tier = gold", "tier = silver")

    assert current_rule(segment) == parse("tier = silver")
    assert [version.number for version in segment.versions.all()] == [2, 1]


@pytest.mark.parametrize("kind", ["manual", "model"])
def test_a_segment_kept_otherwise_has_no_rule(kind) -> None:
    segment = SegmentFactory(kind=kind)
    SegmentVersion.objects.create(segment=segment, number=1, rule={"model": "rfm"})

    assert current_rule(segment) is None
    assert dependent_last() == []


def test_a_segment_without_a_version_has_no_rule_yet() -> None:
    assert current_rule(SegmentFactory(kind="dynamic")) is None


def test_an_unreadable_rule_raises_when_used_and_has_no_references() -> None:
    broken = unreadable("broken")
    naming = dynamic("a", 'segment("broken")')

    assert references() == {naming.pk: {broken.pk}}
    assert reached_from(naming.pk) == {naming.pk, broken.pk}
    with pytest.raises(RuleError):
        current_rule(broken)


def test_users_of_a_segment_are_those_whose_newest_rule_names_it() -> None:
    base = dynamic("base", "tier = gold")
    dynamic("now", "tier = gold", 'segment("base")')
    dynamic("before", 'segment("base")', "tier = gold")

    assert [user.key for user in users_of(base)] == ["now"]


def test_each_segment_comes_after_those_it_refers_to() -> None:
    SegmentFactory(key="hand")
    dynamic("c", 'segment("hand")')
    dynamic("b", 'segment("c")')
    dynamic("a", 'segment("c") and segment("b")')

    assert [segment.key for segment in dependent_last()] == ["c", "b", "a"]


def test_a_stored_cycle_ends() -> None:
    first, second = dynamic("a"), dynamic("b")
    for segment, named in ((first, second), (second, first)):
        add_version(segment=segment, rule=InSegment(Ref("segment", named.pk)))

    assert sorted(segment.key for segment in dependent_last()) == ["a", "b"]


def test_the_order_of_many_segments_takes_few_queries(django_assert_num_queries) -> None:
    for number in range(8):
        dynamic(f"s{number}", "tier = gold")

    with django_assert_num_queries(2):
        assert len(dependent_last()) == 8
