"""New members, and changes of what is known about them."""

from __future__ import annotations

import pytest

from membership.errors import Conflict
from membership.members.registration import register_member, update_member
from membership.models import Member, MemberFeatures, Tag, TierHistory
from tests.factories import NOON, MemberFactory

pytestmark = pytest.mark.django_db


def test_a_new_member_has_a_tier_history_tags_and_a_mark() -> None:
    member = register_member(
        draft={"member_no": "A1", "tier": "gold", "tags": ["vip"], "joined_at": NOON}, source="api"
    )

    history = TierHistory.objects.get()
    assert (history.tier, history.source, history.changed_at) == ("gold", "api", NOON)
    assert [tag.name for tag in member.tags.all()] == ["vip"]
    assert MemberFeatures.objects.get().dirty_at is not None


def test_what_is_not_given_has_its_default() -> None:
    member = register_member(draft={"member_no": "A1"}, source="api")

    member.refresh_from_db()
    assert (member.tier, member.status, member.email, member.name) == ("basic", "active", None, "")


def test_an_empty_e_mail_is_none_so_that_two_may_have_it() -> None:
    for number in ("A1", "A2"):
        register_member(draft={"member_no": number, "email": "", "phone": ""}, source="api")

    assert Member.objects.filter(email=None, phone=None).count() == 2


@pytest.mark.parametrize("fields", [["member_no"], ["email"], ["phone"], ["member_no", "email", "phone"]])
def test_a_conflict_names_every_field_that_another_member_has(fields) -> None:
    other = MemberFactory(phone="+12125550001")
    draft = {"member_no": "NEW", **{name: getattr(other, name) for name in fields}}

    with pytest.raises(Conflict) as caught:
        register_member(draft=draft, source="api")

    assert [error.field for error in caught.value.errors] == fields
    assert Member.objects.count() == 1


def test_a_known_tag_is_used_again_whatever_its_case() -> None:
    Tag.objects.create(name="VIP")
    register_member(draft={"member_no": "A1", "tags": ["vip", "new"]}, source="api")

    assert set(Tag.objects.values_list("name", flat=True)) == {"VIP", "new"}


def test_a_change_leaves_alone_what_it_does_not_name() -> None:
    member = MemberFactory(name="Ann", email="ann@example.com", tier="gold")

    update_member(member=member, changes={"name": "Anna"}, source="api")

    member.refresh_from_db()
    assert (member.name, member.email, member.tier) == ("Anna", "ann@example.com", "gold")
    assert not TierHistory.objects.exists()


def test_tier_and_status_are_changed_with_their_history() -> None:
    member = MemberFactory()

    changed = update_member(member=member, changes={"tier": "gold", "status": "frozen"}, source="api")

    assert (changed.tier, changed.status) == ("gold", "frozen")
    assert TierHistory.objects.get().source == "api"


def test_tags_are_replaced_as_a_whole() -> None:
    member = MemberFactory()
    member.tags.add(Tag.objects.create(name="old"))

    update_member(member=member, changes={"tags": ["new"]}, source="api")

    assert [tag.name for tag in member.tags.all()] == ["new"]


def test_when_part_of_a_change_conflicts_nothing_is_changed() -> None:
    member, other = MemberFactory(name="Ann"), MemberFactory()

    with pytest.raises(Conflict) as caught:
        update_member(member=member, changes={"tier": "gold", "email": other.email}, source="api")

    member.refresh_from_db()
    assert [error.field for error in caught.value.errors] == ["email"]
    assert (member.tier, TierHistory.objects.count()) == ("basic", 0)
