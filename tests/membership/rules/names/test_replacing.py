"""The page on which staff choose what takes the place of something that is to go."""

from __future__ import annotations

import pytest
from django.test import Client

from membership.models import Category, Segment, Tag
from membership.segments.by_rule import rule_text
from tests.factories import AdminFactory, CategoryFactory, SegmentFactory, StaffFactory, TagFactory
from tests.membership.rules.rule_texts import dynamic

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def test_a_category_in_use_cannot_be_deleted_and_the_rules_are_named(boss: Client) -> None:
    tea = CategoryFactory(name="Tea")
    dynamic("fans", 'bought(category: "Tea")')
    url = f"/admin/membership/category/{tea.pk}/delete/"

    page = boss.get(url).content.decode()
    boss.post(url, {"post": "yes"})

    assert str(Segment.objects.get()) in page
    assert Category.objects.filter(pk=tea.pk).exists()


def test_another_takes_its_place_as_a_new_version_by_whoever_chose(boss: Client) -> None:
    tea, teas = CategoryFactory(name="Tea"), CategoryFactory(name="Teas")
    fans = dynamic("tea-fans", 'bought(category: "Tea")')
    url = f"/admin/membership/category/{tea.pk}/replace/"

    assert fans.name in boss.get(url).content.decode()
    answer = boss.post(url, {"into": teas.pk}, follow=True)

    assert "“Teas” took the place of “Tea”." in answer.content.decode()
    version = fans.versions.latest("number")
    assert (rule_text(fans), version.number) == ('bought(category: "Teas")', 2)
    assert version.created_by is not None
    assert version.created_by.is_superuser


def test_tags_and_segments_are_replaced_too(boss: Client) -> None:
    old, new = TagFactory(name="old"), TagFactory(name="new")
    gone, kept = SegmentFactory(key="gone"), SegmentFactory(key="kept")
    segment = dynamic("both", 'tags contains "old" and segment("gone")')

    boss.post(f"/admin/membership/tag/{old.pk}/replace/", {"into": new.pk})
    boss.post(f"/admin/membership/segment/{gone.pk}/replace/", {"into": kept.pk})

    assert rule_text(segment) == 'tags contains "new" and segment("kept")'
    assert not Tag.objects.filter(pk=old.pk).exists()
    assert not Segment.objects.filter(pk=gone.pk).exists()


def test_what_cannot_be_is_said_on_the_page(boss: Client) -> None:
    base = SegmentFactory(key="base")
    using = dynamic("using", 'segment("base")')

    page = boss.post(f"/admin/membership/segment/{base.pk}/replace/", {"into": using.pk}).content.decode()

    assert "would then refer to itself" in page
    assert Segment.objects.filter(pk=base.pk).exists()


def test_staff_who_may_not_delete_may_not_replace(client: Client) -> None:
    client.force_login(StaffFactory())

    assert client.get(f"/admin/membership/tag/{TagFactory().pk}/replace/").status_code == 403
