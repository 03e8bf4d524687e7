"""What staff do to one member."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from membership.errors import Rejected
from membership.members.actions import MemberAction, member_action
from membership.models import Consent, Member, TierHistory
from tests.factories import MemberFactory, StaffFactory, TagFactory

pytestmark = pytest.mark.django_db


def request(**data: str) -> HttpRequest:
    made = RequestFactory().post("/", data)
    made.user = StaffFactory.build(username="carol")
    return made


def action(key: str) -> MemberAction:
    registered = member_action(key)
    assert registered is not None
    return registered


def test_freezing_reports_what_was_done_and_nothing_the_second_time() -> None:
    member = MemberFactory(name="Ann")

    assert action("freeze").run(member, request()) == "Ann is frozen."
    assert action("freeze").run(member, request()) == ""
    assert action("unfreeze").run(member, request()) == "Ann is active again."
    assert Member.objects.get().status == "active"


def test_a_new_tier_is_shown_by_name_and_recorded_with_the_person() -> None:
    assert action("tier").run(MemberFactory(), request(tier="gold")) == "The tier is now Gold."
    assert TierHistory.objects.get().source == "carol"


def test_an_unknown_tier_is_refused() -> None:
    with pytest.raises(Rejected, match="known: basic"):
        action("tier").run(MemberFactory(), request(tier="wood"))


def test_a_tag_is_added_and_removed() -> None:
    member = MemberFactory()

    assert action("tag").run(member, request(name=" vip ")) == "The tag vip has been added."
    tag = member.tags.get()
    assert action("untag").run(member, request(tag=str(tag.pk))) == "The tag has been removed."
    assert not member.tags.exists()


@pytest.mark.parametrize("tag", ["", "x", "-1", "999999"])
def test_a_tag_that_the_member_does_not_have_changes_nothing(tag) -> None:
    member = MemberFactory()
    member.tags.add(TagFactory(pk=5))

    assert action("untag").run(member, request(tag=tag)) == ""
    assert member.tags.count() == 1


def test_a_consent_is_recorded_with_the_person_who_heard_it() -> None:
    given = request(purpose="marketing", channel="email", granted="1")

    assert action("consent").run(MemberFactory(), given) == "Marketing · E-mail: granted"
    assert Consent.objects.get().source == "staff:carol"


def test_every_action_needs_a_permission() -> None:
    for key in ("freeze", "unfreeze", "tier", "tag", "untag", "enter", "leave"):
        assert action(key).permission.startswith("membership.")
    assert member_action("erase everything") is None
