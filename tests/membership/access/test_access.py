"""Who gets in: keys, tokens, sessions; and how far."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from membership.access.keys import SCOPES, create_api_key, revoke_api_key
from membership.errors import Rejected
from membership.models import ApiKey, OneTimePassword
from tests.api_client import bearer, key_client, member_client, nobody, staff_client
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


def test_a_key_opens_what_its_scopes_name():
    _key, secret = create_api_key(name="shop", scopes=["members:read"])
    assert with_key(secret).get(MEMBERS).status_code == 200
    refused = with_key(secret).post(MEMBERS, {"member_no": "1"})
    assert refused.status_code == 403
    assert "members:write" in refused.data["detail"]


def test_only_the_hash_of_a_key_is_stored():
    key, secret = create_api_key(name="shop", scopes=["members:read"])
    row = ApiKey.objects.filter(pk=key.pk).values().get()
    assert secret not in str(row)
    assert secret.startswith(row["prefix"])


def test_a_revoked_an_expired_and_an_unknown_key_are_refused():
    revoked, secret = create_api_key(name="shop", scopes=["members:read"])
    revoke_api_key(key=revoked)
    expired, late_secret = create_api_key(name="shop", scopes=["members:read"], days=1)
    ApiKey.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    for one in (secret, late_secret, "reg_made-up", ""):
        assert with_key(one).get(MEMBERS).status_code == 401


def test_the_use_of_a_key_is_noted_once_a_minute(django_assert_num_queries):
    key, secret = create_api_key(name="shop", scopes=["members:read"])
    with_key(secret).get(MEMBERS)
    first = ApiKey.objects.get(pk=key.pk).last_used_at
    assert first is not None
    with_key(secret).get(MEMBERS)
    assert ApiKey.objects.get(pk=key.pk).last_used_at == first


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scopes": ["members:fly"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"name": " "}, "name"),
        ({"days": 0}, "days"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(changes, field):
    with pytest.raises(Rejected) as refusal:
        create_api_key(**{"name": "shop", "scopes": ["members:read"], **changes})
    assert [error.field for error in refusal.value.errors] == [field]


def test_the_command_prints_a_key_that_works():
    out, err = StringIO(), StringIO()
    call_command("create_api_key", "shop", "--scopes", "members:read,orders:write", stdout=out, stderr=err)
    assert with_key(out.getvalue().strip()).get(MEMBERS).status_code == 200


def test_the_command_names_the_scopes_when_one_is_wrong():
    with pytest.raises(CommandError, match="orders:write"):
        call_command("create_api_key", "shop", "--scopes", "everything")


def test_every_scope_is_explained():
    assert all(str(text) for text in SCOPES.values())


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


def test_alice_sees_herself_and_bob_is_not_there():
    alice, bob = MemberFactory(), MemberFactory()
    client = member_client(alice)
    assert [row["id"] for row in client.get(MEMBERS).data["results"]] == [str(alice.public_id)]
    for part in ("", "timeline/", "consents/", "points/", "points/balance/"):
        assert client.get(f"{MEMBERS}{alice.public_id}/{part}").status_code == 200, part
        assert client.get(f"{MEMBERS}{bob.public_id}/{part}").status_code == 404, part
    consent = {"purpose": "marketing", "channel": "sms", "granted": True}
    assert client.post(f"{MEMBERS}{bob.public_id}/consents/", consent).status_code == 404
    assert not bob.consents.exists()


def test_charlie_of_the_staff_does_only_what_the_permission_says():
    alice = MemberFactory()
    charlie = staff_client("membership.view_member")
    assert charlie.get(f"{MEMBERS}{alice.public_id}/").status_code == 200
    assert charlie.patch(f"{MEMBERS}{alice.public_id}/", {"name": "x"}).status_code == 403
    assert charlie.get(f"{MEMBERS}{alice.public_id}/segments/").status_code == 403


@pytest.mark.parametrize("status", ["merged", "erased"])
def test_a_closed_account_is_let_in_nowhere(status):
    other = MemberFactory()
    member = MemberFactory(
        user=UserFactory(), status=status, merged_into=other if status == "merged" else None
    )
    assert bearer(member.user).get(MEMBERS).status_code == 403
    assert key_client("members:read").get(f"{MEMBERS}{member.public_id}/").status_code == 404
