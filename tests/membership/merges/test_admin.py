"""Staff decide a merge on its page and undo it on the member's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.backoffice.staff_groups import create_staff_groups
from membership.models import Member, Merge
from tests.factories import AdminFactory, MemberFactory, OrderFactory, StaffFactory
from tests.membership.merges.people import MAIL, merge, pair, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory(username="boss"))
    return client


@pytest.fixture
def people() -> tuple[Member, Member]:
    return pair()


def page(keep: Member) -> str:
    return reverse("admin:membership_member_merge", args=(keep.pk,))


def texts(answer: object) -> list[str]:
    return [str(message) for message in answer.context["messages"]]  # type: ignore[attr-defined]  # of a test


@pytest.mark.parametrize("name", ["number", "id"])
def test_both_are_shown_side_by_side_with_what_moves_and_consents(boss, people, name):
    keep, other = people
    OrderFactory.create_batch(3, member=other)
    say(keep, True, key=MAIL, days=-4)
    say(other, False, key=MAIL, days=-5)
    answer = boss.get(page(keep), {"number": "other"} if name == "number" else {"other": other.pk})
    preview = answer.context["preview"]
    assert [(row.this, row.other, row.side) for row in preview.fields if row.name == "name"] == [
        ("Ann Lee", "A. Lee", "this")
    ]
    assert [(row.this, row.other) for row in preview.counts if str(row.title) == "orders"] == [(0, 3)]
    assert [(row.this, row.other, row.afterwards) for row in preview.consents] == [
        ("granted", "withdrawn", "withdrawn")
    ]
    html = answer.content.decode()
    assert 'name="choose_name" value="this" checked' in html
    assert "lee@example.com" in html


def test_other_choices_are_shown_before_anything_is_done(boss, people):
    keep, other = people
    say(other, True, key=MAIL, days=-5)
    answer = boss.post(page(keep), {"other": other.pk, "choose_email": "other", "do": "show"})
    assert [row.afterwards for row in answer.context["preview"].consents] == ["granted"]
    assert not Merge.objects.exists()


def test_staff_merge_and_undo(boss, people):
    keep, other = people
    answer = boss.post(page(keep), {"other": other.pk, "choose_name": "other"}, follow=True)
    assert texts(answer) == ["OTHER has been merged into this member. This can be undone for 30 days."]
    made = Merge.objects.get()
    assert (made.who, made.kept.name) == ("boss", "A. Lee")
    assert "Undo the merge" in answer.content.decode()
    act = reverse("admin:membership_member_act", args=(keep.pk,))
    answer = boss.post(act, {"action": "undo_merge", "merge": made.pk}, follow=True)
    assert texts(answer) == ["KEEP and OTHER are two members again."]
    other.refresh_from_db()
    assert other.status == "active"


def test_the_merged_members_page_leads_to_the_kept_one_and_can_undo_too(boss, people):
    keep, other = people
    made = merge(keep, other, at=timezone.now())
    answer = boss.get(reverse("member_page", args=(other.pk,)))
    assert reverse("member_page", args=(keep.pk,)) in answer.content.decode()
    act = reverse("admin:membership_member_act", args=(other.pk,))
    boss.post(act, {"action": "undo_merge", "merge": made.pk})
    other.refresh_from_db()
    assert other.status == "active"


def test_after_thirty_days_there_is_no_undo(boss, people):
    keep, other = people
    merge(keep, other, at=timezone.now() - timedelta(days=31))
    assert "Undo the merge" not in boss.get(reverse("member_page", args=(keep.pk,))).content.decode()


def test_a_merge_of_others_is_not_undone_on_this_page(boss, people):
    made = merge(*people)
    stranger = MemberFactory.create()
    act = reverse("admin:membership_member_act", args=(stranger.pk,))
    assert boss.post(act, {"action": "undo_merge", "merge": made.pk}).status_code == 404


@pytest.mark.parametrize("number", ["NOBODY", "KEEP", ""])
def test_who_cannot_be_merged_is_said_on_the_members_page(boss, people, number):
    keep, _other = people
    answer = boss.get(page(keep), {"number": number}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("member_page", args=(keep.pk,))
    assert len(texts(answer)) == 1


@pytest.mark.parametrize(("group", "status"), [("Support", 200), ("Admin", 200), ("Marketing", 403)])
def test_support_may_merge_and_marketing_may_not(client, people, group, status):
    create_staff_groups()
    user = StaffFactory()
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    keep, _other = people
    assert client.get(page(keep), {"number": "OTHER"}).status_code == status
    html = client.get(reverse("member_page", args=(keep.pk,))).content.decode()
    assert ("Number of the member to merge" in html) is (status == 200)


def test_the_list_costs_the_same_however_long(boss, people, django_assert_max_num_queries):
    keep, other = people
    merge(keep, other)
    path = reverse("admin:membership_merge_changelist")
    boss.get(path)
    for member in MemberFactory.create_batch(3):
        merge(keep, member)
    with django_assert_max_num_queries(8):
        assert len(boss.get(path).context["cl"].result_list) == 4
