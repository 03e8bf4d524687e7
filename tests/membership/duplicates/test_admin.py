"""The list of possible duplicates in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from membership.duplicates.pages import A_PAGE
from membership.models import DuplicateCandidate, DuplicateSearch, Member
from tests.factories import AdminFactory, MemberFactory, StaffFactory
from tests.membership.duplicates.pairs import candidate

pytestmark = pytest.mark.django_db
URL = "/admin/membership/duplicatecandidate/"


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory(username="boss"))
    return client


def page(client: Client, query: str = "") -> str:
    return client.get(URL + query).content.decode()


def dismiss_url(pair: DuplicateCandidate) -> str:
    return reverse("admin:membership_duplicate_dismiss", args=(pair.pk,))


def test_a_pair_stands_side_by_side_with_its_reasons(boss):
    candidate(
        low=MemberFactory(name="Ann Leitner", email="a@x.de"),
        high=MemberFactory(name="A. Leitner", email="b@y.de"),
    )
    shown = page(boss)
    for text in ("Ann Leitner", "A. Leitner", "a@x.de", "b@y.de", "The names are the same.", "97.0%"):
        assert text in shown


def test_only_open_and_likely_pairs_are_listed_at_first(boss):
    names: dict[str, dict[str, Any]] = {
        "open": {},
        "unlikely": {"probability": 0.6},
        "dismissed": {"state": "dismissed"},
    }
    for name, values in names.items():
        candidate(low=MemberFactory(name=f"{name} one"), **values)
    candidate(low=MemberFactory(name="erased one", status=Member.Status.ERASED))
    queries = ("", "?least=50", "?state=dismissed&least=50", "?state=x&least=y&page=z")
    pages = [page(boss, query) for query in queries]
    listed = [{name for name in [*names, "erased"] if f"{name} one" in shown} for shown in pages]
    assert listed == [{"open"}, {"open", "unlikely"}, {"dismissed"}, {"open"}]


def test_the_last_search_is_told_with_what_it_left_out(boss):
    now = timezone.now()
    DuplicateSearch.objects.create(
        started_at=now,
        finished_at=now,
        whole=True,
        members=1_234,
        compared=99,
        found=1,
        left_out={"device": 3},
    )
    shown = page(boss)
    assert "1,234 members" in shown
    assert "devices that more than 20 members used: 3" in shown


def test_dismissing_takes_a_pair_off_the_list(boss):
    pair = candidate()
    answer = boss.post(dismiss_url(pair), {"next": URL + "?least=50"}, follow=True)
    assert answer.redirect_chain == [(URL + "?least=50", 302)]
    assert "Noted: they are different people." in answer.content.decode()
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("dismissed", "boss")


def test_a_merged_pair_says_why_it_cannot_be_dismissed(boss):
    answer = boss.post(dismiss_url(candidate(state="merged")), follow=True)
    assert "These members are merged already." in answer.content.decode()


def test_the_way_back_leads_to_no_other_site(boss):
    answer = boss.post(dismiss_url(candidate()), {"next": "https://elsewhere.example/"})
    assert answer["Location"] == URL


def test_looking_costs_the_same_however_many_there_are(boss, django_assert_max_num_queries):
    for _number in range(A_PAGE + 5):
        candidate()
    with django_assert_max_num_queries(14):
        shown = page(boss)
    assert "1 / 2" in shown
    assert "2 / 2" in page(boss, "?page=2")


def test_get_does_not_dismiss(boss):
    pair = candidate()
    assert boss.get(dismiss_url(pair)).status_code == 405
    assert DuplicateCandidate.objects.get().state == "open"


def test_a_pair_has_no_page_of_its_own(boss):
    pair = candidate()
    assert boss.get(f"{URL}{pair.pk}/change/")["Location"] == URL


def test_support_may_look_and_merge_but_not_dismiss(client):
    client.force_login(StaffFactory(groups=["Support"]))
    pair = candidate()
    shown = page(client)
    assert pair.low.member_no in shown
    assert dismiss_url(pair) not in shown
    merge = reverse("admin:membership_member_merge", args=(pair.low_id,))
    assert f"{merge}?other={pair.high_id}" in shown
    assert pair.high.member_no in client.get(f"{merge}?other={pair.high_id}").content.decode()
    assert client.post(dismiss_url(pair)).status_code == 403
    assert DuplicateCandidate.objects.get().state == "open"


@pytest.mark.parametrize("permissions", [[], ["view_member"], ["view_duplicatecandidate"]])
def test_others_do_not_see_it(client, permissions):
    user = StaffFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    candidate()
    assert client.get(URL).status_code == 403


def test_names_are_escaped(boss):
    candidate(low=MemberFactory(name="<script>alert(1)</script>"))
    assert "<script>alert(1)" not in page(boss)
