"""The hint on a member's page."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from membership.models import Member
from tests.factories import AdminFactory, MemberFactory, StaffFactory
from tests.membership.duplicates.pairs import candidate

pytestmark = pytest.mark.django_db


def page_of(client: Client, member: Member) -> str:
    return client.get(reverse("member_page", args=(member.pk,))).content.decode()


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


@pytest.mark.parametrize("side", ["low", "high"])
def test_both_pages_name_the_other(boss, side):
    pair = candidate(low=MemberFactory(name="Ann Leitner"), high=MemberFactory(name="A. Leitner"))
    page = page_of(boss, getattr(pair, side))
    other = pair.high if side == "low" else pair.low
    assert reverse("member_page", args=(other.pk,)) in page
    assert "1 likely duplicate" in page
    assert "The names are the same." in page


@pytest.mark.parametrize("values", [{"state": "dismissed"}, {"probability": 0.6}])
def test_decided_and_unlikely_pairs_are_not_hinted_at(boss, values):
    pair = candidate(**values)
    page = page_of(boss, pair.low)
    assert "likely duplicate" not in page
    assert pair.high.member_no not in page


def test_erased_members_are_not_named(boss):
    pair = candidate(low=MemberFactory(status=Member.Status.ERASED, name="Gone"))
    assert "Gone" not in page_of(boss, pair.high)


def test_who_may_not_see_pairs_sees_none(client):
    user = StaffFactory()
    user.user_permissions.add(Permission.objects.get(codename="view_member"))
    client.force_login(user)
    pair = candidate()
    page = page_of(client, pair.low)
    assert pair.high.member_no not in page
    assert "likely duplicate" not in page
