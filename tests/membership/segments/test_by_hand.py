"""Segments that staff keep by hand."""

from __future__ import annotations

import pytest

from membership.errors import Conflict, Rejected
from membership.models import Segment
from membership.segments.by_hand import create_segment, delete_segment, new_segment, update_segment
from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("draft", "key"),
    [
        ({"name": "Best Friends!"}, "best-friends"),
        ({"name": "x", "key": "own"}, "own"),
        ({"name": "A" * 80}, "a" * 60),
    ],
)
def test_the_key_is_made_from_the_name_unless_given(draft, key) -> None:
    segment = create_segment(draft=draft)

    assert (segment.key, segment.kind, segment.member_count) == (key, "manual", 0)


def test_a_name_without_latin_letters_needs_a_key() -> None:
    with pytest.raises(Rejected) as caught:
        create_segment(draft={"name": "老客户"})

    assert [error.field for error in caught.value.errors] == ["key"]
    assert create_segment(draft={"name": "老客户", "key": "old"}).name == "老客户"


def test_a_taken_key_is_a_conflict() -> None:
    SegmentFactory(key="vip")

    with pytest.raises(Conflict, match="vip already"):
        create_segment(draft={"name": "VIP"})
    assert Segment.objects.count() == 1


def test_only_name_and_description_are_changed() -> None:
    segment = SegmentFactory(key="vip")

    update_segment(
        segment=segment, changes={"name": "New", "description": "Why", "key": "other", "kind": "model"}
    )

    segment.refresh_from_db()
    assert (segment.name, segment.description, segment.key, segment.kind) == ("New", "Why", "vip", "manual")


@pytest.mark.parametrize(
    "act",
    [lambda one: update_segment(segment=one, changes={"name": "x"}), lambda one: delete_segment(segment=one)],
)
def test_a_models_segment_is_left_alone(act) -> None:
    segment = new_segment(draft={"name": "Groups"}, kind=Segment.Kind.MODEL)

    with pytest.raises(Conflict, match="kept by a model"):
        act(segment)
    assert Segment.objects.get().name == "Groups"
