"""The shop's members as columns."""

from __future__ import annotations

from datetime import date

import pytest

from membership.duplicates.reading import read_people
from membership.models import Member
from tests.factories import MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def test_members_are_read_by_id_with_nothing_as_empty():
    first = MemberFactory(name="Ann", email=None, phone=None, birth_date=date(1980, 3, 4))
    second = MemberFactory(name="", email="b@x.de", phone="+14155550123")
    people = read_people()
    assert list(people.ids) == [first.pk, second.pk]
    assert (people.names, people.emails) == (["Ann", ""], ["", "b@x.de"])
    assert (people.phones, list(people.birth_dates)) == (["", "+14155550123"], [19800304, 0])


def test_merged_and_erased_members_and_their_orders_are_left_out():
    kept = MemberFactory()
    merged = MemberFactory(status=Member.Status.MERGED, merged_into=kept)
    erased = MemberFactory(status=Member.Status.ERASED)
    for member in (kept, merged, erased):
        OrderFactory(member=member, device_fingerprint="tablet")
    people = read_people()
    assert list(people.ids) == [kept.pk]
    assert list(people.uses["device"].rows) == [0]


def test_what_orders_used_is_kept_once_a_member():
    member, other = MemberFactory(), MemberFactory()
    for who in (member, member, other):
        OrderFactory(member=who, address_fingerprint="home", payment_fingerprint="")
    people = read_people()
    assert list(people.uses["address"].rows) == [0, 1]
    assert people.uses["address"].of(0) == people.uses["address"].of(1)
    assert len(people.uses["payment"].rows) == 0


def test_a_value_of_one_kind_is_none_of_another():
    OrderFactory(address_fingerprint="x", device_fingerprint="x")
    people = read_people()
    assert people.uses["address"].of(0) != people.uses["device"].of(0)


def test_a_shop_without_members_is_empty():
    assert len(read_people()) == 0


def test_reading_costs_two_queries(django_assert_num_queries):
    for _number in range(5):
        OrderFactory(device_fingerprint="tablet")
    with django_assert_num_queries(2):
        read_people()
