"""Rate limits by kind of caller."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from freezegun import freeze_time

from tests.api_client import key_client, member_client, nobody, staff_client
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/members/"
LIMITS = {"key": 3, "staff": 2, "member": 1, "anonymous": 1, "token": 1}


@pytest.fixture(autouse=True)
def low_limits(settings) -> None:
    cache.clear()
    settings.API_REQUESTS_PER_MINUTE = LIMITS


@pytest.fixture(autouse=True)
def fifteen_seconds_past_noon() -> Iterator[None]:
    """A window of a minute neither ends nor begins during a test."""
    with freeze_time("2026-03-02 12:00:15"):
        yield


def statuses(client, count: int) -> list[int]:
    return [client.get(URL).status_code for _number in range(count)]


def test_each_kind_of_caller_has_its_own_limit() -> None:
    assert statuses(key_client("members:read"), 4) == [200, 200, 200, 429]
    assert statuses(staff_client("membership.view_member"), 3) == [200, 200, 429]
    assert statuses(member_client(MemberFactory()), 2) == [200, 429]


def test_one_caller_does_not_use_up_anothers_requests() -> None:
    statuses(key_client("members:read"), 4)

    assert statuses(key_client("members:read"), 1) == [200]


def test_a_refused_request_names_the_seconds_to_wait() -> None:
    client = key_client("members:read")
    statuses(client, 3)
    refused = client.get(URL)
    with freeze_time("2026-03-02 12:01:00"):
        later = client.get(URL)

    assert (refused.status_code, refused["Retry-After"]) == (429, "45")
    assert later.status_code == 200


def test_every_answer_says_how_many_requests_are_left() -> None:
    client = key_client("members:read")
    answers = [client.get(URL) for _number in range(4)]

    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert (answers[0]["RateLimit-Limit"], answers[0]["RateLimit-Reset"]) == ("3", "45")


def test_logins_are_counted_by_address_whoever_tries() -> None:
    given = {"username": "ann", "password": "wrong"}
    answers = [nobody().post("/api/v1/auth/token/", given).status_code for _number in range(2)]

    assert answers == [401, 429]


def test_without_a_cache_requests_pass_uncounted(settings, monkeypatch) -> None:
    def away(*args: object) -> int:
        raise ConnectionError

    monkeypatch.setattr(cache, "incr", away)

    assert statuses(key_client("members:read"), 5) == [200] * 5
