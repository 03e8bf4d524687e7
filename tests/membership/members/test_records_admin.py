"""Tags, consents and points in the admin."""

from __future__ import annotations

import pytest
from django.test import Client

from membership.loyalty.ledger import add_points
from membership.models import Consent, Tag
from tests.factories import AdminFactory, MemberFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def records(count: int) -> None:
    for member in MemberFactory.create_batch(count, name="Ann"):
        add_points(member=member, points=5, reason="gift")
        Consent.objects.create(member=member, purpose="marketing", channel="sms", granted=True, source="x")
        Tag.objects.create(name=f"tag {member.pk}")


@pytest.mark.parametrize("path", ["tag", "consent", "pointsentry"])
def test_a_list_takes_as_many_queries_whatever_its_length(
    boss: Client, django_assert_max_num_queries, path
) -> None:
    records(12)
    with django_assert_max_num_queries(14):
        answer = boss.get(f"/admin/membership/{path}/")

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["consent", "pointsentry"])
def test_statements_and_entries_are_not_added_changed_or_deleted_here(boss: Client, path) -> None:
    records(1)
    row = Consent.objects.get() if path == "consent" else MemberFactory._meta.model.objects.get().points.get()

    assert boss.get(f"/admin/membership/{path}/add/").status_code == 403
    assert boss.post(f"/admin/membership/{path}/{row.pk}/change/", {"points": "9"}).status_code == 403
    assert boss.post(f"/admin/membership/{path}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_entries_are_found_by_the_members_number(boss: Client) -> None:
    add_points(member=MemberFactory(member_no="A1", name="Ann"), points=5, reason="first gift")
    add_points(member=MemberFactory(member_no="B1", name="Bob"), points=6, reason="second gift")

    page = boss.get("/admin/membership/pointsentry/", {"q": "a1"}).content.decode()

    assert "first gift" in page
    assert "second gift" not in page


def test_staff_without_permission_see_none_of_them(client: Client) -> None:
    client.force_login(StaffFactory())

    assert {
        client.get(f"/admin/membership/{path}/").status_code for path in ("tag", "consent", "pointsentry")
    } == {403}
