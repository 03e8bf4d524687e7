"""``manage.py create_api_key``."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

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


def test_the_command_prints_a_key_that_works():
    out, err = StringIO(), StringIO()
    call_command("create_api_key", "shop", "--scopes", "members:read,orders:write", stdout=out, stderr=err)
    assert with_key(out.getvalue().strip()).get(MEMBERS).status_code == 200


def test_the_command_names_the_scopes_when_one_is_wrong():
    with pytest.raises(CommandError, match="orders:write"):
        call_command("create_api_key", "shop", "--scopes", "everything")
