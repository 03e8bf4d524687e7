from __future__ import annotations

import pytest

from importing.kinds.order_parts.buyers import (
    Buyer,
    Buyers,
    remember_spelling,
    walk_in_id,
    without_zeros,
)
from membership.members.lookups import WALK_IN_NUMBER
from membership.models import Member
from tests.factories import NOON, MemberFactory


def buyer(number: str | None = None, email: str | None = None, name: str | None = None) -> Buyer:
    return Buyer(number, email, None, name, None)


def test_how_the_file_writes_a_number_is_remembered():
    spelt: dict[str, str] = {}
    clean = remember_spelling(lambda value: str(value).upper(), spelt)
    assert clean("ab1") == "AB1"
    assert spelt == {"AB1": "ab1"}


@pytest.mark.django_db
def test_a_number_without_its_zeros_is_found_if_it_can_be_one_member_only():
    member = MemberFactory.create(member_no="0071")
    for number in ("008", "08"):
        MemberFactory.create(member_no=number)
    known = without_zeros(["71", "8", "9"])
    assert {number: one.id for number, one in known.items()} == {"71": member.pk}


@pytest.mark.django_db
def test_buyers_become_members_as_the_file_writes_them():
    buyers = Buyers(creates=True, now=NOON, spelt={"AB1": "ab1"})
    made, count = buyers.make([buyer("AB1"), buyer(email="ann@x.de"), buyer()])
    assert count == 3
    assert set(Member.objects.values_list("member_no", flat=True)) == {"ab1", "ann@x.de", WALK_IN_NUMBER}
    assert made[buyer()].id == walk_in_id()
    assert Member.objects.get(member_no=WALK_IN_NUMBER).status == Member.Status.FROZEN


@pytest.mark.django_db
def test_the_walk_in_member_is_made_once():
    assert walk_in_id() == 0
    for _import in range(2):
        Buyers(creates=True, now=NOON).make([buyer()])
    assert Member.objects.filter(member_no=WALK_IN_NUMBER).count() == 1


@pytest.mark.django_db
def test_an_address_of_another_member_is_not_given_to_a_new_one():
    MemberFactory.create(email="ann@x.de")
    Buyers(creates=True, now=NOON).make([buyer("M9", "ann@x.de")])
    assert Member.objects.get(member_no="M9").email is None


@pytest.mark.django_db
def test_a_number_that_is_cut_to_its_length_is_made_once():
    long = "9" * 130
    for _chunk in range(2):
        made, _count = Buyers(creates=True, now=NOON).make([buyer(long)])
        assert made[buyer(long)].id == Member.objects.get().pk
