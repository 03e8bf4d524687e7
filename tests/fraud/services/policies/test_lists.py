"""What a value looks like on a list, and which ranges hold an address."""

from __future__ import annotations

import ipaddress
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from fraud.models import ListEntry, ListKind
from fraud.services.policies.lists import (
    MOST_FINGERPRINT,
    add_entry,
    change_entry,
    networks_around,
    normalised,
    values_of,
)
from membership.errors import Conflict, Rejected
from tests.factories import AdminFactory, MemberFactory, OrderFactory


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (ListKind.EMAIL, " Thief@Example.COM ", "thief@example.com"),
        (ListKind.PHONE, "(212) 555-0123", "+12125550123"),
        (ListKind.IP, "203.0.113.7", "203.0.113.7/32"),
        (ListKind.IP, "203.0.113.7/24", "203.0.113.0/24"),
        (ListKind.IP, "2001:DB8::1/64", "2001:db8::/64"),
        (ListKind.DEVICE, " d1 ", "d1"),
        (ListKind.DOMAIN, "*@Example.Test", "example.test"),
        (ListKind.DOMAIN, "@mail.example.test", "mail.example.test"),
        (ListKind.DOMAIN, "example.test.", "example.test"),
    ],
)
def test_values_are_stored_as_orders_have_them(kind: str, text: str, value: str):
    assert normalised(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (ListKind.DEVICE, "  ", "needs its value"),
        (ListKind.DEVICE, "x" * (MOST_FINGERPRINT + 1), "80 characters at most"),
        (ListKind.EMAIL, "nobody", "not an e-mail address"),
        (ListKind.EMAIL, "*@example.test", "choose the kind E-mail domain and write example.test"),
        (ListKind.EMAIL, "@example.test", "choose the kind E-mail domain and write example.test"),
        (ListKind.DOMAIN, "com", "not an e-mail domain"),
        (ListKind.DOMAIN, "name@example.test", "not an e-mail domain"),
        (ListKind.DOMAIN, "exa mple.test", "not an e-mail domain"),
        (ListKind.PHONE, "12", "not a phone number"),
        (ListKind.DEVICE, "d*", "compared as a whole"),
        (ListKind.IP, "300.1.1.1", "not an IP address or range"),
        (ListKind.IP, "10.0.0.0/7", "/8 or longer"),
        (ListKind.IP, "2001::/15", "/16 or longer"),
    ],
)
def test_values_that_name_nobody_or_everybody_are_refused(kind: str, text: str, message: str):
    with pytest.raises(Rejected) as refusal:
        normalised(kind, text)

    assert message in str(refusal.value)


@pytest.mark.django_db
class TestMembers:
    def test_a_member_is_kept_by_number_however_named(self):
        member = MemberFactory(member_no="M7")

        assert normalised(ListKind.MEMBER, " M7 ") == "M7"
        assert normalised(ListKind.MEMBER, str(member.public_id)) == "M7"

    def test_a_merged_member_stands_for_the_one_they_were_merged_into(self):
        target = MemberFactory(member_no="M7")
        MemberFactory(member_no="M8", status="merged", merged_into=target)

        assert normalised(ListKind.MEMBER, "M8") == "M7"

    def test_a_number_that_nobody_has_is_refused(self):
        with pytest.raises(Rejected, match="no member"):
            normalised(ListKind.MEMBER, "M9")


@given(st.ip_addresses())
def test_the_ranges_around_an_address_all_hold_it(address: ipaddress.IPv4Address | ipaddress.IPv6Address):
    ranges = networks_around(str(address))

    assert len(ranges) == (25 if address.version == 4 else 113)
    assert all(address in ipaddress.ip_network(one) for one in ranges)
    assert ranges[-1] == f"{address}/{address.max_prefixlen}"


@given(st.ip_addresses(v=4), st.integers(8, 32))
def test_any_range_that_can_be_listed_is_among_those_of_its_addresses(
    address: ipaddress.IPv4Address, length: int
):
    assert normalised(ListKind.IP, f"{address}/{length}") in networks_around(str(address))


def test_text_that_is_no_address_is_in_no_range():
    assert networks_around("unknown") == []


def test_an_order_is_named_by_what_it_has():
    member = MemberFactory.build(member_no="M7", email="a@mail.example.com", phone=None)
    order = OrderFactory.build(member=member, device_fingerprint="d1", ip=None)

    assert values_of(order) == {
        ("member", "M7"),
        ("email", "a@mail.example.com"),
        ("domain", "mail.example.com"),
        ("domain", "example.com"),
        ("device", "d1"),
    }


def test_an_order_is_named_by_every_range_of_its_address():
    order = OrderFactory.build(member=MemberFactory.build(email=None, phone=None), ip="203.0.113.9")

    assert ("ip", "203.0.113.0/24") in values_of(order)
    assert len([value for kind, value in values_of(order) if kind == "ip"]) == 25


DRAFT = {"action": "block", "kind": "device", "value": "d1", "reason": "seen before"}


@pytest.mark.django_db
def test_an_entry_knows_who_made_it_and_why():
    user = AdminFactory()
    add_entry(draft=DRAFT, user=user)
    entry = ListEntry.objects.get()

    assert (entry.value, entry.reason, entry.created_by) == ("d1", "seen before", user)


@pytest.mark.django_db
def test_an_entry_that_has_expired_makes_room_for_a_new_one():
    old = add_entry(draft={**DRAFT, "expires_at": timezone.now() + timedelta(days=1)}, user=None)
    ListEntry.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    new = add_entry(draft={**DRAFT, "action": "allow"}, user=None)

    assert ListEntry.objects.get() == new != old


@pytest.mark.django_db
def test_the_same_value_may_be_listed_as_another_kind():
    add_entry(draft=DRAFT, user=None)
    add_entry(draft={**DRAFT, "kind": "instrument"}, user=None)

    assert ListEntry.objects.count() == 2
    with pytest.raises(Conflict):
        add_entry(draft={**DRAFT, "action": "allow"}, user=None)


@pytest.mark.django_db
def test_an_entry_must_expire_in_the_future():
    past = timezone.now() - timedelta(minutes=1)
    with pytest.raises(Rejected):
        add_entry(draft={**DRAFT, "expires_at": past}, user=None)
    entry = add_entry(draft=DRAFT, user=None)
    with pytest.raises(Rejected):
        change_entry(entry=entry, changes={"expires_at": past})

    assert ListEntry.objects.get().expires_at is None


@pytest.mark.django_db
def test_a_change_leaves_the_value_and_what_is_not_given():
    entry = add_entry(draft=DRAFT, user=None)
    change_entry(entry=entry, changes={"action": "allow", "value": "other"})
    entry.refresh_from_db()

    assert (entry.action, entry.value, entry.reason) == ("allow", "d1", "seen before")
