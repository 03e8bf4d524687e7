"""Segments as they come in and go out."""

from __future__ import annotations

from typing import Any

import pytest

from membership.models import SegmentVersion
from membership.rules.checking import everything
from membership.rules.reading import read_rule
from membership.segments.api.serializers import (
    MAX_CHANGES,
    MembersChange,
    SegmentChanges,
    SegmentInput,
    SegmentMemberOutput,
    SegmentOutput,
)
from membership.segments.by_rule import create_rule_segment
from tests.factories import MemberFactory, SegmentFactory, SegmentMembershipFactory


@pytest.mark.django_db
def test_a_segment_kept_by_a_rule_goes_out_with_its_text_and_size() -> None:
    MemberFactory(tier="gold")
    rule = read_rule(text="tier = gold", may=everything)
    segment = create_rule_segment(draft={"key": "best", "name": "Best"}, rule=rule, user=None)

    data = SegmentOutput(segment).data

    assert data["id"] == str(segment.public_id)
    assert (data["kind"], data["text"], data["member_count"]) == ("dynamic", 'tier = "gold"', 1)


@pytest.mark.django_db
def test_a_segment_without_a_rule_has_no_text() -> None:
    assert SegmentOutput(SegmentFactory()).data["text"] == ""


@pytest.mark.django_db
def test_a_rule_of_a_newer_program_is_shown_as_no_text() -> None:
    segment = SegmentFactory(kind="dynamic")
    SegmentVersion.objects.create(segment=segment, number=1, rule={"version": 99})

    assert SegmentOutput(segment).data["text"] == ""


@pytest.mark.django_db
def test_a_member_is_listed_with_when_and_how_they_entered() -> None:
    stay = SegmentMembershipFactory(member__name="Ann", member__tier="gold")

    data = SegmentMemberOutput(stay).data

    assert (data["member_no"], data["name"], data["tier"]) == (stay.member.member_no, "Ann", "gold")
    assert data["id"] == str(stay.member.public_id)
    assert data["source"] == stay.source
    assert data["entered_at"] is not None


def test_a_new_segment_needs_a_name_and_a_change_does_not() -> None:
    new, change = SegmentInput(data={"text": "tier = gold"}), SegmentChanges(data={"text": "tier = gold"})
    assert not new.is_valid()
    assert set(new.errors) == {"name"}
    assert change.is_valid()


@pytest.mark.parametrize(
    ("values", "field"),
    [({"key": "two words"}, "key"), ({"key": "x" * 61}, "key"), ({"name": "x" * 81}, "name"),
     ({"text": "x" * 10_001}, "text"), ({"description": "x" * 2_001}, "description")],
)  # fmt: skip
def test_a_wrong_value_is_named_by_its_field(values: dict[str, str], field: str) -> None:
    serializer = SegmentInput(data={"name": "Best", **values})
    assert not serializer.is_valid()
    assert set(serializer.errors) == {field}


@pytest.mark.parametrize("name", ["add", "remove", "release"])
def test_more_changes_than_the_limit_are_refused(name: str) -> None:
    many: Any = MembersChange(data={name: ["A1"] * (MAX_CHANGES + 1)})
    assert not many.is_valid()
    assert set(many.errors) == {name}
    assert MembersChange(data={name: ["A1"]}).is_valid()
