"""What a search stores: likely pairs once, decided ones as they are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from membership.duplicates.deciding import dismiss, note_merged
from membership.duplicates.searching import search_changed, search_duplicates
from membership.models import DuplicateCandidate, DuplicateSearch, Member
from tests.factories import MemberFactory, OrderFactory
from tests.membership.duplicates.pairs import candidate, twice

pytestmark = pytest.mark.django_db
STATES = DuplicateCandidate.State


def pairs() -> list[tuple[int, int]]:
    return list(DuplicateCandidate.objects.order_by("id").values_list("low_id", "high_id"))


def test_a_likely_pair_is_stored_with_its_reasons():
    first, second = twice()
    MemberFactory(name="Bob Ray")
    search = search_duplicates()
    pair = DuplicateCandidate.objects.get()
    assert (pair.low, pair.high, pair.state) == (first, second, STATES.OPEN)
    assert pair.probability > DuplicateCandidate.SHOWN
    assert {one["code"] for one in pair.reasons} == {"same_name", "same_birth_date", "other_email"}
    assert (search.whole, search.members, search.compared, search.found) == (True, 3, 1, 1)


def test_both_scripts_make_a_pair():
    twice()
    first = MemberFactory(name="诸葛小明", birth_date=date(1990, 5, 6), email=None, phone="+8613812345678")
    second = MemberFactory(name="Xiaoming Zhuge", birth_date=date(1990, 5, 6), email=None, phone=None)
    search_duplicates()
    pair = DuplicateCandidate.objects.get(low=first)
    assert (pair.high, pair.probability > 0.9) == (second, True)
    assert "other_script" in {one["code"] for one in pair.reasons}


def test_searching_again_changes_nothing():
    twice()
    search_duplicates()
    before = DuplicateCandidate.objects.values().get()
    search_duplicates()
    assert DuplicateCandidate.objects.values().get() == before


def test_a_dismissed_pair_stays_dismissed():
    twice()
    search_duplicates()
    dismiss(candidate=DuplicateCandidate.objects.get(), who="ann")
    search_duplicates()
    assert DuplicateCandidate.objects.get().state == STATES.DISMISSED


def test_it_comes_back_when_its_facts_have_changed():
    first, _second = twice()
    search_duplicates()
    dismiss(candidate=DuplicateCandidate.objects.get(), who="ann")
    first.phone = "+14155550123"
    first.save()
    search_changed()
    pair = DuplicateCandidate.objects.get()
    assert (pair.state, pair.decided_by, pair.decided_at) == (STATES.OPEN, "", None)
    assert pair.found_at > timezone.now() - timedelta(minutes=1)


def test_it_comes_back_when_both_used_one_device():
    members = twice()
    search_duplicates()
    dismiss(candidate=DuplicateCandidate.objects.get(), who="ann")
    for member in members:
        OrderFactory(member=member, device_fingerprint="tablet")
    search_changed()
    pair = DuplicateCandidate.objects.get()
    assert pair.state == STATES.OPEN
    assert "same_device" in {one["code"] for one in pair.reasons}


def test_an_open_pair_goes_when_the_two_are_no_longer_alike():
    first, _second = twice()
    search_duplicates()
    first.name, first.birth_date = "Birgit Moser", date(1970, 1, 1)
    first.save()
    search_changed()
    assert not DuplicateCandidate.objects.exists()


@pytest.mark.parametrize("status", [Member.Status.ERASED, Member.Status.MERGED])
def test_erased_and_merged_members_are_in_no_pair(status):
    first, second = twice()
    search_duplicates()
    first.status = status
    first.merged_into = second if status == Member.Status.MERGED else None
    first.save()
    assert not DuplicateCandidate.objects.visible().exists()
    search_duplicates()
    assert not DuplicateCandidate.objects.exists()


def test_a_merged_pair_stays_decided():
    first, second = twice()
    search_duplicates()
    note_merged(kept=first, other=second, who="ann")
    search_duplicates()
    assert DuplicateCandidate.objects.get().state == STATES.MERGED


def test_only_pairs_with_changed_members_are_compared():
    twice()
    search_duplicates()
    assert search_changed() is None
    first = MemberFactory(name="Bea Leitner", birth_date=date(1981, 1, 1))
    second = MemberFactory(name="Leitner Bea", birth_date=date(1981, 1, 1))
    search = search_changed()
    assert search is not None
    assert (search.whole, search.found) == (False, 1)
    assert pairs()[-1] == (first.pk, second.pk)
    assert len(pairs()) == 2


def test_an_order_makes_its_member_changed():
    first = MemberFactory(name="Ann Leitner", email="a@x.de", phone=None)
    second = MemberFactory(name="Leitner, Ann", email="b@y.de", phone=None)
    search_duplicates()
    assert not DuplicateCandidate.objects.likely().exists()
    for member in (first, second):
        OrderFactory(
            member=member, device_fingerprint="phone", payment_fingerprint="card", address_fingerprint="home"
        )
    search_changed()
    assert list(DuplicateCandidate.objects.likely().values_list("low_id", "high_id")) == [
        (first.pk, second.pk)
    ]


def test_an_open_pair_of_others_stays_when_few_are_compared():
    """Its members are no longer alike, but they were not searched for."""
    other = candidate()
    DuplicateSearch.objects.create(
        started_at=timezone.now(), finished_at=timezone.now(), whole=True, members=2, compared=0, found=0
    )
    twice()
    search_changed()
    assert DuplicateCandidate.objects.filter(pk=other.pk).exists()


def test_the_first_search_is_of_all():
    twice()
    search = search_changed()
    assert search is not None
    assert (search.whole, search.found) == (True, 1)


def test_what_many_share_is_told_and_finds_nobody():
    for number in range(25):
        OrderFactory(member__name=f"Person {chr(97 + number)}", device_fingerprint="till")
    search = search_duplicates()
    assert search.left_out["device"] == 1
    assert not DuplicateCandidate.objects.exists()


def test_a_family_is_no_pair():
    for name, born in (("Ulrike Carter", date(1980, 3, 4)), ("Birgit Carter", date(2005, 6, 7))):
        member = MemberFactory(name=name, birth_date=born, phone=None)
        OrderFactory(member=member, address_fingerprint="home", device_fingerprint="tablet")
    search_duplicates()
    assert not DuplicateCandidate.objects.exists()


def test_the_number_of_queries_does_not_grow(django_assert_max_num_queries):
    for number in range(30):
        for place in "ab":
            name = f"Ann {chr(97 + number // 5)}eitner{chr(97 + number % 5)}"
            born = date(1980, 3, 1 + number % 28)
            MemberFactory(name=name, birth_date=born, email=f"{place}{number}@x.de", phone=None)
    with django_assert_max_num_queries(16):
        search_duplicates()
    assert DuplicateCandidate.objects.count() >= 30
