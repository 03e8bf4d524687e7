"""The page about a segment, its versions, what staff do there, and the RFM grid."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from membership.models import MemberExport, MemberFeatures, Segment, SegmentMembership
from membership.rules.checking import everything
from membership.rules.language import parse
from membership.rules.reading import read_rule
from membership.segments.by_rule import change_rule, create_rule_segment, rule_text
from membership.segments.editing.versions import changes, laid_out
from membership.segments.rfm_grid import rfm_grid
from membership.segments.stays import set_members
from tests.factories import AdminFactory, MemberFactory, SegmentFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


@pytest.fixture
def gold() -> Segment:
    MemberFactory(name="Gold Gerda", tier="gold")
    rule = read_rule(text="tier = gold", may=everything)
    return create_rule_segment(draft={"name": "Gold", "key": "gold"}, rule=rule, user=None)


def url(name: str, segment: Segment) -> str:
    return reverse(f"admin:membership_segment_{name}", args=(segment.pk,))


def test_the_page_shows_size_members_rule_and_overlaps(boss, gold, django_assert_max_num_queries):
    other = SegmentFactory(name="Fans")
    ids = list(gold.memberships.values_list("member_id", flat=True))
    set_members(segment=other, member_ids=ids, source=SegmentMembership.Source.MANUAL, at=timezone.now())

    with django_assert_max_num_queries(30):
        text = boss.get(url("page", gold)).content.decode()

    for wanted in ("Gold Gerda", "Fans", "100.0%", "tier = &quot;gold&quot;", "Version 1", "mail-merge"):
        assert wanted in text


def test_staff_without_leave_see_less_or_nothing(client, gold):
    client.force_login(StaffFactory())
    assert client.get(url("page", gold)).status_code == 403
    assert client.post(url("act", gold), {"action": "refresh"}).status_code == 403
    assert client.post(url("export", gold), {"content": "members", "format": "csv"}).status_code == 403
    assert client.get(reverse("admin:membership_rfm")).status_code == 403
    assert not MemberExport.objects.exists()


def test_get_does_nothing(boss, gold):
    assert boss.get(url("act", gold)).status_code == 405
    assert boss.get(url("export", gold)).status_code == 405


def test_the_members_are_downloaded_and_it_is_noted(boss, gold):
    answer = boss.post(url("export", gold), {"content": "members", "format": "csv"})
    assert b"Gold Gerda" in b"".join(answer.streaming_content)
    note = MemberExport.objects.get()
    assert note.by_user is not None
    assert note.by_user.username in note.by


def test_versions_show_what_changed_and_can_be_restored(boss, gold):
    rule = read_rule(text="tier = gold or points > 5", may=everything)
    change_rule(segment=gold, rule=rule, user=None)

    newest, first = changes(segment=gold)
    assert [(line.change, line.text) for line in newest.lines] == [
        ("", 'tier = "gold"'), ("+", "or"), ("+", "points > 5"),
    ]  # fmt: skip
    assert [line.text for line in first.lines] == ['tier = "gold"']

    boss.post(url("act", gold), {"action": "roll_back", "number": "1"})
    gold.refresh_from_db()
    assert rule_text(gold) == 'tier = "gold"'
    assert gold.versions.count() == 3


def test_there_is_no_way_back_to_a_version_that_never_was(boss, gold):
    answer = boss.post(url("act", gold), {"action": "roll_back", "number": "7"}, follow=True)
    assert "has no version 7" in answer.content.decode()
    assert gold.versions.count() == 1


def test_a_rule_is_laid_out_a_condition_a_line():
    rule = parse("tier = gold and (points > 5 or not (points > 1 and points < 3))")
    lines = """tier = "gold"
and
(
    points > 5
    or
    not (
        points > 1
        and
        points < 3
    )
)"""
    assert laid_out(rule) == lines.splitlines()


def test_look_alikes_are_requested_and_computed_by_a_worker(boss, gold, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        boss.post(url("act", gold), {"action": "look_alikes", "size": "5", "name": "Like gold"})
    made = Segment.objects.get(key="like-gold")
    assert made.kind == "model"
    assert "20 members" in made.description  # one member is too few to learn from, and it says so
    assert made.member_count == 0


def test_a_cluster_says_what_sets_it_apart(boss):
    segment = SegmentFactory(kind="model", name="Order often · Large baskets")
    trait = {"figure": "orders_365d", "effect": 1.4, "median": 12.0, "others": 3.0}
    segment.versions.create(number=1, rule={"model": "clusters", "version": 1, "group": 0, "traits": [trait]})
    text = boss.get(url("page", segment)).content.decode()
    assert "orders a year" in text
    assert "1.40" in text


def test_the_grid_counts_members_by_cell_and_group(boss):
    for recency, frequency in ((5, 5), (5, 5), (1, 1)):
        MemberFeatures.objects.create(
            member=MemberFactory(),
            rfm_recency=recency,
            rfm_frequency=frequency,
            rfm_monetary=3,
            spend_365d=10,
        )
    grid = rfm_grid()
    assert grid.members == 3
    assert (grid.rows[0][4].members, grid.rows[0][4].group) == (2, "champions")
    assert {group.key: group.members for group in grid.groups}["hibernating"] == 1
    text = boss.get(reverse("admin:membership_rfm")).content.decode()
    assert "rfm_recency%20%3D%205%20and%20rfm_frequency%20%3D%205" in text


def test_a_cell_of_the_grid_fills_the_rule_in(boss):
    text = boss.get(reverse("admin:membership_segment_add") + "?rule_text=rfm_recency+%3D+5").content.decode()
    assert "rfm_recency = 5</textarea>" in text


def test_exports_are_listed(boss, gold):
    boss.post(url("export", gold), {"content": "members", "format": "csv"})
    assert "gold" in boss.get(reverse("admin:membership_memberexport_changelist")).content.decode()
