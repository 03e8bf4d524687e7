"""API keys in the admin."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from membership.models import ApiKey
from tests.factories import (
    AdminFactory,
    ApiKeyFactory,
)

pytestmark = pytest.mark.django_db
QUERIES = 14


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def test_a_new_key_is_shown_once(boss: Client) -> None:
    form = {"name": "storefront", "wanted_scopes": ["orders:write", "events:write"], "days": "30"}
    page = boss.post("/admin/membership/apikey/add/", form, follow=True).content.decode()
    key = ApiKey.objects.get()
    assert (key.name, key.scopes) == ("storefront", ["orders:write", "events:write"])
    assert key.prefix in page.replace("&#x27;", "'")
    assert page.count("is not shown again") == 1
    again = boss.get(reverse("admin:membership_apikey_change", args=(key.pk,))).content.decode()
    assert "is not shown again" not in again


def test_a_key_without_scopes_is_not_made(boss: Client) -> None:
    boss.post("/admin/membership/apikey/add/", {"name": "x"})
    assert not ApiKey.objects.exists()


def test_withdrawing_a_key_needs_post(boss: Client) -> None:
    key = ApiKeyFactory()
    url = reverse("admin:membership_apikey_revoke", args=(key.pk,))
    boss.get(url)
    key.refresh_from_db()
    assert key.revoked_at is None
    boss.post(url, {"_form_submitted": "1"})
    key.refresh_from_db()
    assert key.revoked_at is not None
