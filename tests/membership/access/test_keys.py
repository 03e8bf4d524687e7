"""API keys: made, used, noted, revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from membership.access.keys import SCOPES, create_api_key, revoke_api_key
from membership.errors import Rejected
from membership.models import ApiKey

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


def test_every_scope_is_explained():
    assert all(str(text) for text in SCOPES.values())


@pytest.mark.parametrize("days", [None, 1, 3650])
def test_a_key_lasts_as_many_days_as_wanted_or_for_ever(days):
    key, _secret = create_api_key(name="shop", scopes=["members:read"], days=days)

    assert (key.expires_at is None) == (days is None)
    if days is not None and key.expires_at is not None:
        assert abs(key.expires_at - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)


def test_scopes_are_kept_once_and_trimmed():
    key, _secret = create_api_key(name=" shop ", scopes=[" members:read ", "members:read", "", "orders:read"])

    assert (key.name, key.scopes) == ("shop", ["members:read", "orders:read"])


def test_revoking_again_keeps_the_first_moment():
    key, _secret = create_api_key(name="shop", scopes=["members:read"])
    revoke_api_key(key=key)
    first = key.revoked_at
    revoke_api_key(key=key)

    assert ApiKey.objects.get().revoked_at == first
