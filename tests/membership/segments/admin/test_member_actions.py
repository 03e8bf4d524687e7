"""Putting a member into a segment and out of it, from the member's page."""

from __future__ import annotations

import pytest
from django.http import Http404, HttpRequest
from django.test import RequestFactory

from membership.errors import Conflict
from membership.members.actions import member_action
from membership.models import Member, SegmentMembership
from tests.factories import MemberFactory, SegmentFactory

pytestmark = pytest.mark.django_db


def run(key: str, member: Member, segment: object) -> str:
    action = member_action(key)
    assert action is not None
    request: HttpRequest = RequestFactory().post("/", {"segment": str(segment)})
    return action.run(member, request)


def test_entering_and_leaving_are_reported_and_repeating_is_not() -> None:
    member, segment = MemberFactory(name="Ann"), SegmentFactory(name="Friends")

    assert run("enter", member, segment.pk) == "Ann is now in Friends."
    assert run("enter", member, segment.pk) == ""
    assert run("leave", member, segment.pk) == "Ann is no longer in Friends."
    assert run("leave", member, segment.pk) == ""
    assert not SegmentMembership.objects.current().exists()


@pytest.mark.parametrize("segment", ["", "x", "-1", "987654"])
def test_a_segment_that_is_not_there_is_404(segment) -> None:
    with pytest.raises(Http404):
        run("enter", MemberFactory(), segment)


def test_a_models_segment_is_left_alone() -> None:
    with pytest.raises(Conflict, match="kept by a model"):
        run("enter", MemberFactory(), SegmentFactory(kind="model").pk)
