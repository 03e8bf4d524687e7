"""JSON web tokens for staff and members."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from membership.models import OneTimePassword
from tests.api_client import bearer, key_client, nobody
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


def test_a_password_buys_a_token_and_a_token_another():
    StaffFactory(username="ann", is_superuser=True)
    pair = nobody().post(TOKEN, {"username": "ann", "password": PASSWORD}).data
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert client.get(MEMBERS).status_code == 200
    again = nobody().post(f"{TOKEN}refresh/", {"refresh": pair["refresh"]})
    assert again.status_code == 200
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {again.data['access']}")
    assert client.get(MEMBERS).status_code == 200


def test_a_wrong_password_is_401_and_does_not_say_what_was_wrong():
    StaffFactory(username="ann")
    wrong = nobody().post(TOKEN, {"username": "ann", "password": "x"})
    unknown = nobody().post(TOKEN, {"username": "bob", "password": "x"})
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.data == unknown.data


def test_a_one_time_password_must_be_changed_first():
    user = AdminFactory(username="ann")
    OneTimePassword.objects.create(user=user)
    answer = nobody().post(TOKEN, {"username": "ann", "password": PASSWORD})
    assert answer.status_code == 403
    assert answer.data["type"] == "urn:regulars:problem:one-time-password-pending"
    session = APIClient()
    session.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert session.get(MEMBERS).status_code == 403


def test_repeated_failures_lock_the_account(settings: Settings):
    settings.AXES_ENABLED, settings.AXES_FAILURE_LIMIT = True, 3
    AdminFactory(username="ann")
    for _ in range(3):
        nobody().post(TOKEN, {"username": "ann", "password": "x"})
    answer = nobody().post(TOKEN, {"username": "ann", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Retry-After"]) > 60


def test_an_account_of_nobody_gets_no_token():
    UserFactory(username="ann")
    assert nobody().post(TOKEN, {"username": "ann", "password": PASSWORD}).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_a_made_up_token_is_401(token):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert client.get(MEMBERS).status_code == 401
    assert nobody().post(f"{TOKEN}refresh/", {"refresh": token or "x"}).status_code == 401


def test_a_changed_password_ends_all_tokens():
    user = AdminFactory(username="ann")
    pair = nobody().post(TOKEN, {"username": "ann", "password": PASSWORD}).data
    user.set_password("another")
    user.save()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert client.get(MEMBERS).status_code == 401
    assert nobody().post(f"{TOKEN}refresh/", {"refresh": pair["refresh"]}).status_code == 401


@pytest.mark.parametrize("status", ["merged", "erased"])
def test_a_closed_account_is_let_in_nowhere(status):
    other = MemberFactory()
    member = MemberFactory(
        user=UserFactory(), status=status, merged_into=other if status == "merged" else None
    )
    assert bearer(member.user).get(MEMBERS).status_code == 403
    answer = key_client("members:read").get(f"{MEMBERS}{member.public_id}/")
    if status == "erased":
        assert answer.status_code == 404
    else:  # the id of a merged member is that of the one who was kept
        assert answer.data["id"] == str(other.public_id)
