"""Previews, explanations and the history of segments as they go out."""

from __future__ import annotations

import pytest

from membership.models import SegmentVersion
from membership.rules.checking import everything
from membership.rules.json_form import to_json
from membership.rules.reading import read_rule
from membership.segments.api.rule_serializers import PreviewInput, PreviewOutput, VersionOutput
from membership.segments.editing.previews import preview
from tests.factories import MemberFactory, SegmentFactory, UserFactory

pytestmark = pytest.mark.django_db


def version(rule: object, **values: object) -> SegmentVersion:
    return SegmentVersion.objects.create(segment=SegmentFactory(), number=1, rule=rule, **values)


def test_a_version_goes_out_as_text_and_json_with_who_made_it() -> None:
    rule = to_json(read_rule(text="points > 5", may=everything))

    data = VersionOutput(version(rule, created_by=UserFactory(username="ann"))).data

    assert (data["number"], data["text"], data["created_by"]) == (1, "points > 5", "ann")
    assert data["rule"] == rule


def test_a_models_parameters_have_no_text_and_nobody_made_them() -> None:
    data = VersionOutput(version({"model": "clusters", "version": 3})).data
    assert (data["text"], data["created_by"]) == ("", "")


def test_a_preview_names_examples_by_id_and_number() -> None:
    member = MemberFactory(tier="gold", name="Ann")
    rule = read_rule(text="tier = gold", may=everything)
    answer = preview(rule=rule, exact=True)

    data = PreviewOutput(
        {
            "count": answer.count, "exact": answer.exact, "low": answer.low, "high": answer.high,
            "examples": answer.examples, "text": "tier = gold", "rule": to_json(rule),
            "named": to_json(rule),
        }
    ).data  # fmt: skip

    assert (data["count"], data["exact"], data["low"], data["high"]) == (1, True, 1, 1)
    assert data["examples"] == [
        {"id": str(member.public_id), "member_no": member.member_no, "name": "Ann", "tier": "gold"}
    ]


def test_a_preview_is_an_estimate_unless_the_count_is_requested() -> None:
    given = PreviewInput(data={"text": "tier = gold"})
    assert given.is_valid()
    assert (given.validated_data["exact"], given.validated_data["ticket"]) == (False, "")
    assert not PreviewInput(data={"text": "tier = gold", "ticket": "x" * 65}).is_valid()
