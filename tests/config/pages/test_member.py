"""The page about one member."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from membership.models import Member, PointsEntry
from tests.factories import (
    AdminFactory,
    EventFactory,
    FraudAlertFactory,
    MemberFactory,
    OrderFactory,
    ProductFactory,
    SegmentMembershipFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def page_of(client: Client, member: Member) -> str:
    return client.get(reverse("member_page", args=(member.pk,))).content.decode()


def test_a_member_has_one_page_with_everything(boss: Client) -> None:
    order = OrderFactory(order_no="CJ-77", member__name="Maria Jensen", member__tier="gold")
    SegmentMembershipFactory(member=order.member, segment__name="Champions")
    EventFactory(member=order.member, product__name="Ground coffee")
    page = page_of(boss, order.member)
    for text in ("Maria Jensen, gold, has ordered once", "CJ-77", "Champions", "Ground coffee"):
        assert text in page


def test_the_member_page_costs_the_same_however_much_there_is(
    boss: Client, django_assert_max_num_queries: Any
) -> None:
    member = MemberFactory()
    for number in range(15):
        order = OrderFactory(member=member)
        EventFactory(member=member, product=ProductFactory(), session=str(number))
        SegmentMembershipFactory(member=member)
        FraudAlertFactory(order=order)
    with django_assert_max_num_queries(55):
        page_of(boss, member)


def test_what_happened_leaves_out_what_was_only_shown(boss: Client) -> None:
    seen = EventFactory(type="view", product__name="Looked at")
    EventFactory(member=seen.member, type="impression", product__name="Only shown")
    PointsEntry.objects.create(member=seen.member, points=40, reason="Welcome")
    page = page_of(boss, seen.member)
    assert "View: Looked at" in page
    assert "+40 points: Welcome" in page
    assert "Only shown" not in page


def test_names_are_escaped(boss: Client) -> None:
    member = MemberFactory(name="<script>alert(1)</script>")
    OrderFactory(member=member)
    page = page_of(boss, member)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_who_may_not_change_members_gets_no_buttons(client: Client) -> None:
    client.force_login(StaffFactory(groups=["Support"]))
    page = page_of(client, MemberFactory())
    assert 'value="freeze"' not in page
    assert 'value="consent"' in page


def test_panels_need_their_permission(client: Client) -> None:
    from django.contrib.auth.models import Permission

    user = StaffFactory()
    user.user_permissions.add(Permission.objects.get(codename="view_member"))
    client.force_login(user)
    order = OrderFactory(order_no="SECRET-1")
    page = page_of(client, order.member)
    assert order.member.member_no in page
    assert "SECRET-1" not in page


def test_a_merged_member_redirects_to_the_other(boss: Client) -> None:
    target = MemberFactory(name="The one who stays")
    member = MemberFactory(status=Member.Status.MERGED, merged_into=target)
    page = page_of(boss, member)
    assert reverse("member_page", args=(target.pk,)) in page
    assert 'value="freeze"' not in page
