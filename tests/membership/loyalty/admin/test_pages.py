"""The admin's pages about points."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from membership.loyalty.ledger import add_points
from membership.loyalty.redeeming import redeem_points
from membership.models import Coupon, EarningRule, LoyaltyProgram, PointsNotice, TierRule
from tests.factories import AdminFactory, MemberFactory, StaffFactory
from tests.membership.loyalty.shop import program

pytestmark = pytest.mark.django_db
LISTS = ["pointsentry", "pointslot", "coupon", "pointsnotice"]


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def rows(count: int) -> None:
    program(point_value=Decimal("0.05"))
    for member in MemberFactory.create_batch(count):
        add_points(member=member, points=5, reason="gift")
        redeem_points(member=member, points=2)
        PointsNotice.objects.create(member=member, points=3, expires_on=timezone.localdate())


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_as_many_queries_whatever_its_length(boss, django_assert_max_num_queries, name):
    rows(12)
    with django_assert_max_num_queries(14):
        assert boss.get(reverse(f"admin:membership_{name}_changelist")).status_code == 200


@pytest.mark.parametrize("name", [name for name in LISTS if name != "coupon"])  # staff make those
def test_what_services_write_is_only_looked_at(boss, name):
    assert boss.get(reverse(f"admin:membership_{name}_add")).status_code == 403


def test_the_program_is_one_form(boss):
    answer = boss.get(reverse("admin:membership_loyaltyprogram_changelist"), follow=True)
    assert answer.status_code == 200
    form = {
        "return_days": 30, "life_days": 0, "notice_days": 10, "point_value": "0.02",
        "smallest_redemption": 50, "coupon_days": 20, "returned_life_days": 15,
    }  # fmt: skip
    boss.post(reverse("admin:membership_loyaltyprogram_change", args=(1,)), form)
    assert LoyaltyProgram.current().point_value == Decimal("0.02")
    assert boss.get(reverse("admin:membership_loyaltyprogram_add")).status_code == 403


def test_an_earning_rule_that_ends_before_it_starts_is_refused(boss):
    now = timezone.localtime()
    form = {
        "name": "x", "kind": "rate", "value": "1", "smallest_order": "0", "is_active": "on",
        "starts_at_0": f"{now:%Y-%m-%d}", "starts_at_1": "12:00",
        "ends_at_0": f"{now - timedelta(days=2):%Y-%m-%d}", "ends_at_1": "12:00",
    }  # fmt: skip
    page = boss.post(reverse("admin:membership_earningrule_add"), form).content.decode()
    assert "The end must come after the start." in page
    boss.post(reverse("admin:membership_earningrule_add"), {**form, "ends_at_0": "", "ends_at_1": ""})
    assert EarningRule.objects.get().value == 1


def test_the_liability_and_the_tiers_to_fall_are_pages(boss):
    add_points(member=MemberFactory(), points=1234, reason="x")
    assert "1,234" in boss.get(reverse("admin:membership_points_liability")).content.decode()
    TierRule.objects.create(tier="gold", measure="orders", threshold=Decimal(1), grace_days=10)
    member = MemberFactory(tier="gold", name="Slipping Ann")
    page = boss.get(reverse("admin:membership_tier_preview")).content.decode()
    assert str(member) in page


def test_staff_without_permission_see_none_of_it(client):
    client.force_login(StaffFactory())
    for name in ("points_liability", "tier_preview", "earningrule_changelist", "pointslot_changelist"):
        assert client.get(reverse(f"admin:membership_{name}")).status_code == 403


def test_staff_make_a_code_for_many_and_withdraw_it(boss):
    add, listed = (reverse(f"admin:membership_coupon_{page}") for page in ("add", "changelist"))
    made = boss.post(add, {"code": "spring", "source": "campaign", "percent": "15", "uses_allowed": "50"})
    coupon = Coupon.objects.get()
    assert (made.status_code, coupon.code, coupon.percent) == (302, "SPRING", Decimal(15))
    assert "0 / 50" in boss.get(listed).content.decode()
    one = boss.get(reverse("admin:membership_coupon_change", args=(coupon.pk,)))
    assert (one.status_code, b"SPRING" in one.content) == (200, True)

    boss.post(listed, {"action": "withdraw", "_selected_action": [coupon.pk]})
    coupon.refresh_from_db()
    assert coupon.withdrawn_at is not None


def test_a_coupon_that_cannot_be_is_refused_beside_its_field(boss):
    body = {"source": "staff", "percent": "15", "amount": "3"}
    page = boss.post(reverse("admin:membership_coupon_add"), body).content.decode()

    assert "Give either an amount or a percentage." in page
    assert not Coupon.objects.exists()


def test_who_may_only_look_makes_no_coupon(client):
    staff = StaffFactory()
    staff.user_permissions.add(Permission.objects.get(codename="view_coupon"))
    client.force_login(staff)

    assert client.post(reverse("admin:membership_coupon_add"), {"amount": "3"}).status_code == 403
