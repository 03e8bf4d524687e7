"""The points on a member's page and what staff do there."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from membership.loyalty.ledger import add_points
from membership.models import Member, PointsEntry, TierHistory, TierStanding
from tests.factories import AdminFactory, MemberFactory, StaffFactory
from tests.membership.loyalty.shop import order, program

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory(username="boss"))
    return client


def act(client: Client, member: Member, **values: object) -> int:
    return client.post(reverse("admin:membership_member_act", args=(member.pk,)), values).status_code


def page_of(client: Client, member: Member) -> str:
    return client.get(reverse("member_page", args=(member.pk,))).content.decode()


def test_staff_give_and_take_with_a_reason(boss):
    member = MemberFactory()
    act(boss, member, action="points", points="50", reason="sorry")
    act(boss, member, action="points", points="-20", reason="mistake")
    rows = PointsEntry.objects.order_by("id").values_list("points", "reason", "kind", "by")
    assert list(rows) == [(50, "sorry", "given", "boss"), (-20, "mistake", "taken", "boss")]
    page = page_of(boss, member)
    assert "<strong>30</strong>" in page
    assert "Given by staff" in page


@pytest.mark.parametrize(
    "values",
    [{"points": "5", "reason": " "}, {"points": "0", "reason": "x"}, {"points": "-1", "reason": "x"}],
)
def test_without_a_reason_a_number_or_the_points_nothing_moves(boss, values):
    act(boss, MemberFactory(), action="points", **values)
    assert not PointsEntry.objects.exists()


def test_staff_pay_for_an_order_with_points(boss):
    program(point_value=Decimal("0.05"))
    member = MemberFactory()
    add_points(member=member, points=100, reason="x")
    made = order(20, member=member)
    assert f'<option value="{made.pk}">' in page_of(boss, member)
    act(boss, member, action="redeem", points="40", order=str(made.pk))
    assert (member.points_balance(), made.coupons.get().applied) == (60, Decimal(2))


def test_who_may_not_give_points_cannot(client):
    client.force_login(StaffFactory())
    assert act(client, MemberFactory(), action="points", points="5", reason="x") == 403


def test_a_tier_is_held_by_hand_until_the_end_of_a_day_with_a_reason(boss):
    member = MemberFactory()
    act(boss, member, action="tier", tier="gold", held_until="2999-01-31", reason="press")
    assert TierHistory.objects.values_list("tier", "reason").get() == ("gold", "press")
    assert TierStanding.objects.get().by == "boss"
    assert "2999-02-01" in page_of(boss, member) or "2999-01-31" in page_of(boss, member)
