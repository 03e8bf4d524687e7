from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from membership.models import Member
from tests.factories import (
    AdminFactory,
    MemberFactory,
    SegmentFactory,
    SegmentMembershipFactory,
    StaffFactory,
    TagFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/membership/member/"


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


@pytest.fixture
def support(client: Client) -> Client:
    client.force_login(StaffFactory(groups=["Support"]))
    return client


def act(client: Client, member: Member, **data: Any) -> Any:
    return client.post(reverse("admin:membership_member_act", args=(member.pk,)), data)


@pytest.mark.parametrize("text", ["M777", "ana.sm", "+4930", "Smith"])
def test_the_search_finds_by_number_e_mail_phone_and_name(boss: Client, text: str) -> None:
    MemberFactory(member_no="M777", name="Ana Smith", email="ana.smith@example.org", phone="+4930123")
    MemberFactory(member_no="M1", name="Somebody Else")
    page = boss.get(LIST, {"q": text}).content.decode()
    assert "Ana Smith" in page
    assert "Somebody Else" not in page


def test_the_list_filters_by_segment_tier_and_country(boss: Client) -> None:
    stay = SegmentMembershipFactory(member__name="Inside", member__tier="gold", member__country="DE")
    MemberFactory(name="Zoe Elsewhere")
    filters: list[dict[str, Any]] = [{"segment": stay.segment_id}, {"tier__exact": "gold"}, {"country": "DE"}]
    for parameters in filters:
        page = boss.get(LIST, parameters).content.decode()
        assert "Inside" in page
        assert "Zoe Elsewhere" not in page


def test_the_list_costs_the_same_however_long(boss: Client, django_assert_max_num_queries: Any) -> None:
    for _ in range(35):
        MemberFactory()
    with django_assert_max_num_queries(12):
        assert boss.get(LIST).status_code == 200


def test_freezing_needs_post(boss: Client) -> None:
    member = MemberFactory()
    assert boss.get(reverse("admin:membership_member_act", args=(member.pk,))).status_code == 405
    act(boss, member, action="freeze")
    member.refresh_from_db()
    assert member.status == Member.Status.FROZEN


def test_what_staff_do_is_in_the_history(boss: Client) -> None:
    member = MemberFactory(name="Ana")
    act(boss, member, action="tier", tier="platinum")
    assert "Platinum" in LogEntry.objects.get(object_id=str(member.pk)).change_message


def test_tags_come_and_go(boss: Client) -> None:
    member, tag = MemberFactory(), TagFactory(name="VIP")
    act(boss, member, action="tag", name="vip")
    assert list(member.tags.all()) == [tag]
    act(boss, member, action="untag", tag=tag.pk)
    assert not member.tags.exists()


def test_support_records_consents_but_changes_no_member(support: Client) -> None:
    member = MemberFactory()
    consent = {"action": "consent", "purpose": "marketing", "channel": "sms", "granted": "1"}
    assert act(support, member, **consent).status_code == 302
    assert member.consents.get().granted
    assert act(support, member, action="freeze").status_code == 403
    assert act(support, member, action="tier", tier="gold").status_code == 403


@pytest.mark.parametrize(
    "data", [{"action": "tier", "tier": "x"}, {"action": "consent", "purpose": "spying"}]
)
def test_invalid_input_is_reported_and_changes_nothing(boss: Client, data: dict[str, str]) -> None:
    member = MemberFactory()
    page = boss.post(reverse("admin:membership_member_act", args=(member.pk,)), data, follow=True)
    assert [str(message.level_tag) for message in page.context["messages"]] == ["error"]
    assert not member.tier_history.exists()
    assert not member.consents.exists()


def test_a_member_enters_and_leaves_a_segment_kept_by_hand(boss: Client) -> None:
    member, segment = MemberFactory(), SegmentFactory(kind="manual")
    act(boss, member, action="enter", segment=segment.pk)
    stay = segment.memberships.get()
    assert (stay.member_id, stay.exited_at) == (member.pk, None)
    act(boss, member, action="leave", segment=segment.pk)
    stay.refresh_from_db()
    assert stay.exited_at is not None


def test_nobody_enters_a_models_segment_by_hand(boss: Client) -> None:
    segment = SegmentFactory(kind="model")
    act(boss, MemberFactory(), action="enter", segment=segment.pk)
    assert not segment.memberships.exists()


def test_an_unknown_action_is_refused(boss: Client) -> None:
    assert act(boss, MemberFactory(), action="erase").status_code == 403


def test_the_profile_form_keeps_e_mails_normalised_and_empty_ones_null(boss: Client) -> None:
    member = MemberFactory()
    form = {
        "member_no": member.member_no,
        "name": "Ana",
        "email": "Ana@Example.ORG",
        "phone": "",
        "country": "de",
        "language": "en",
        "joined_at_0": "2025-01-01",
        "joined_at_1": "10:00:00",
    }
    url = reverse("admin:membership_member_change", args=(member.pk,))
    answer = boss.post(url, form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    member.refresh_from_db()
    assert (member.email, member.phone, member.country) == ("ana@example.org", None, "DE")
    boss.post(url, form | {"phone": "030 901820"})
    member.refresh_from_db()
    assert (member.phone, member.country) == ("+4930901820", "DE")
    errors = boss.post(url, form | {"phone": "call me"}).context["adminform"].form.errors
    assert list(errors) == ["phone"]


def test_a_staff_user_without_permission_sees_no_member(client: Client) -> None:
    user = StaffFactory()
    client.force_login(user)
    member = MemberFactory()
    assert client.get(LIST).status_code == 403
    assert client.get(reverse("member_page", args=(member.pk,))).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_member"))
    assert client.get(LIST).status_code == 200
