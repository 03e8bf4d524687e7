from __future__ import annotations

import pytest

from membership.errors import Conflict, Rejected
from membership.members.accounts import add_tag, change_tier, remove_tag, set_frozen
from membership.models import Member
from tests.factories import MemberFactory, TagFactory

pytestmark = pytest.mark.django_db


def test_freezing_twice_changes_once() -> None:
    member = MemberFactory()
    assert set_frozen(member=member, frozen=True)
    assert not set_frozen(member=member, frozen=True)
    member.refresh_from_db()
    assert member.status == Member.Status.FROZEN


def test_a_tier_change_is_recorded_with_its_source() -> None:
    member = MemberFactory(tier="basic")
    assert change_tier(member=member, tier="gold", source="ann")
    change = member.tier_history.get()
    assert (change.tier, change.source) == ("gold", "ann")
    assert not change_tier(member=member, tier="gold", source="ann")


def test_an_unknown_tier_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Rejected, match="basic, silver, gold, platinum"):
        change_tier(member=MemberFactory(), tier="diamond", source="ann")


def test_a_tag_is_found_again_whatever_its_case() -> None:
    tag = TagFactory(name="Newsletter")
    member = MemberFactory()
    assert add_tag(member=member, name="  newsletter ")
    assert list(member.tags.all()) == [tag]
    assert not add_tag(member=member, name="NEWSLETTER")
    assert remove_tag(member=member, tag_id=tag.pk)
    assert not remove_tag(member=member, tag_id=tag.pk)


def test_an_empty_tag_is_refused() -> None:
    with pytest.raises(Rejected, match="1 to 60"):
        add_tag(member=MemberFactory(), name="   ")


def test_a_merged_member_can_no_longer_be_changed() -> None:
    member = MemberFactory(status=Member.Status.MERGED, merged_into=MemberFactory())
    with pytest.raises(Conflict, match="merged"):
        set_frozen(member=member, frozen=True)
