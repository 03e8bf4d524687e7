"""Who is calling."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from membership.access.keys import create_api_key
from membership.models import OneTimePassword
from tests.factories import AdminFactory, MemberFactory, StaffFactory, UserFactory

pytestmark = pytest.mark.django_db
MEMBERS = "/api/v1/members/"
TOKEN = "/api/v1/auth/token/"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


def with_key(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {secret}")
    return client


def test_a_staff_session_reads_but_writes_only_with_a_csrf_token():
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(AdminFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get(MEMBERS).status_code == 200
    assert browser.post(MEMBERS, {"member_no": "1"}, format="json").status_code == 403


def test_a_members_session_does_not_count():
    member = MemberFactory(user=UserFactory())
    browser = APIClient()
    browser.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get(MEMBERS).status_code == 401


@pytest.mark.parametrize(
    "header", ["Api-Key", "api-key reg_nothing", "Bearer", "Bearer x.y.z", "Basic YTpi", "nonsense"]
)
def test_credentials_that_are_none_are_401_with_the_ways_to_get_in(header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)

    answer = client.get(MEMBERS)

    assert answer.status_code == 401
    assert "Api-Key" in answer["WWW-Authenticate"]


def test_the_word_before_a_key_may_be_in_any_case():
    _key, secret = create_api_key(name="shop", scopes=["members:read"])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"API-KEY {secret} ")

    assert client.get(MEMBERS).status_code == 200


def test_staff_with_a_one_time_password_must_change_it():
    user = StaffFactory()
    OneTimePassword.objects.create(user=user)
    client = APIClient()
    client.force_login(user)

    answer = client.get(MEMBERS)

    assert (answer.status_code, answer.data["type"]) == (
        403,
        "urn:regulars:problem:one-time-password-pending",
    )
