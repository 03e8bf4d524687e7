"""Segments as holders of rules."""

from __future__ import annotations

import pytest

from membership.errors import Conflict
from membership.models import Segment
from membership.rules.names.uses import used_in
from membership.rules.nodes import Ref
from membership.segments.by_hand import delete_segment
from membership.segments.by_rule import rule_text
from membership.segments.rules_named import replace_in_segments
from tests.factories import AdminFactory, SegmentFactory, TagFactory
from tests.membership.rules.rule_texts import dynamic

pytestmark = pytest.mark.django_db


def test_only_the_rule_of_now_counts() -> None:
    tag = TagFactory(name="vip")
    dynamic("before", 'tags contains "vip"', "tier = gold")

    assert used_in(Ref("tag", tag.pk)) == []


def test_a_replacement_is_a_new_version_whose_members_a_worker_renews() -> None:
    old, new, user = TagFactory(name="old"), TagFactory(name="new"), AdminFactory()
    segment = dynamic("fans", 'not tags contains "old"')

    replace_in_segments(Ref("tag", old.pk), Ref("tag", new.pk), user)

    segment.refresh_from_db()
    newest = segment.versions.latest("number")
    assert (rule_text(segment), newest.number, newest.created_by) == ('not tags contains "new"', 2, user)
    assert segment.due_at is not None


def test_a_segment_that_rules_name_goes_only_if_another_takes_its_place() -> None:
    base, other = SegmentFactory(key="base"), SegmentFactory(key="other")
    using = dynamic("using", 'segment("base")')

    with pytest.raises(Conflict, match=using.name):
        delete_segment(segment=base)
    delete_segment(segment=base, replacement=other)

    assert rule_text(using) == 'segment("other")'
    assert not Segment.objects.filter(pk=base.pk).exists()


def test_no_rule_comes_to_refer_to_itself_by_a_detour() -> None:
    base = SegmentFactory(key="base")
    middle = dynamic("middle", 'segment("base")')
    top = dynamic("top", 'segment("middle")')

    with pytest.raises(Conflict, match="refer to itself"):
        delete_segment(segment=base, replacement=top)

    assert rule_text(middle) == 'segment("base")'
