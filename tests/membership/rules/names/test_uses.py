"""Which rules name what, and another one in its place."""

from __future__ import annotations

import pytest

from membership.errors import Conflict
from membership.models import SegmentUse
from membership.rules.names.uses import note_uses, refuse_used, replace_everywhere, used_in
from membership.rules.nodes import Ref
from tests.factories import CategoryFactory, SegmentFactory, TagFactory
from tests.membership.rules.rule_texts import dynamic, rule_of

pytestmark = pytest.mark.django_db


def test_the_uses_are_those_of_the_newest_rule() -> None:
    tea, toys, segment = CategoryFactory(name="Tea"), CategoryFactory(name="Toys"), SegmentFactory()

    for text in ('bought(category: "Tea")', 'bought(category: "Toys") or viewed(category: "Toys")'):
        note_uses(rows=segment.uses, rule=rule_of(text))

    assert [use.used_category for use in SegmentUse.objects.all()] == [toys]
    assert used_in(Ref("category", tea.pk)) == []


def test_what_is_used_is_refused_with_the_names_of_the_rules() -> None:
    tag = TagFactory(name="vip")
    for key in ("b", "a"):
        segment = dynamic(key, 'tags contains "vip"')
        segment.name = f"Fans {key}"
        segment.save()

    with pytest.raises(Conflict) as caught:
        refuse_used(Ref("tag", tag.pk))
    assert caught.value.message.startswith("“vip” is used in the segments “Fans a”, “Fans b”;")
    refuse_used(Ref("tag", TagFactory().pk))


def test_only_another_of_the_same_kind_takes_its_place() -> None:
    tag = Ref("tag", TagFactory().pk)

    for other in (tag, Ref("category", CategoryFactory().pk)):
        with pytest.raises(Conflict, match="another"):
            replace_everywhere(old=tag, new=other, user=None)
