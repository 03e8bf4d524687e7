"""Tags by name, and one in the place of another."""

from __future__ import annotations

import pytest

from membership.members.accounts import add_tag
from membership.members.tags import find_tag, merge_tag
from membership.models import Member, Tag
from membership.segments.by_rule import rule_text
from tests.factories import MemberFactory, TagFactory
from tests.membership.rules.rule_texts import dynamic

pytestmark = pytest.mark.django_db


def test_a_tag_is_found_by_its_former_name_but_its_own_comes_first() -> None:
    tag = TagFactory(name="vip")
    tag.name = "best"
    tag.save()
    assert (find_tag(name="VIP"), find_tag(name="Best"), find_tag(name="x")) == (tag, tag, None)

    new = TagFactory(name="Vip")

    assert find_tag(name="vip") == new


def test_staff_who_type_a_former_name_put_the_tag_of_now_on() -> None:
    tag, member = TagFactory(name="vip"), MemberFactory()
    tag.name = "best"
    tag.save()

    add_tag(member=member, name="vip")

    assert list(member.tags.all()) == [tag]


def test_members_and_rules_have_the_other_tag_then() -> None:
    old, new = TagFactory(name="old"), TagFactory(name="new")
    both, one = MemberFactory(), MemberFactory()
    both.tags.set([old, new])
    one.tags.set([old])
    segment = dynamic("fans", 'tags in ["old", "new"]')

    merge_tag(tag=old, into=new, user=None)

    assert set(Member.objects.filter(tags=new)) == {both, one}
    assert list(Tag.objects.all()) == [new]
    assert find_tag(name="old") == new
    assert rule_text(segment) == 'tags in ["new"]'
