from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from membership.models import OneTimePassword
from tests.factories import AdminFactory

pytestmark = pytest.mark.django_db
URL = "/admin/password_change/"
OLD, NEW = "correct horse battery", "a staple of my own 7"


@pytest.fixture
def newcomer(client: Client) -> User:
    user = AdminFactory(password=OLD)
    OneTimePassword.objects.create(user=user)
    client.force_login(user)
    return user


def test_a_one_time_password_leads_to_its_change(client: Client, newcomer: User) -> None:
    for address in ("/admin/", "/admin/membership/member/", "/admin/test-order/"):
        assert client.get(address).headers["Location"] == URL
    assert client.get(URL).status_code == 200


def test_a_password_of_ones_own_opens_the_admin(client: Client, newcomer: User) -> None:
    answer = client.post(URL, {"old_password": OLD, "new_password1": NEW, "new_password2": NEW})
    assert answer.status_code == 302
    assert not OneTimePassword.objects.exists()
    assert client.get("/admin/").status_code == 200
    newcomer.refresh_from_db()
    assert newcomer.check_password(NEW)


def test_a_refused_change_leaves_the_admin_closed(client: Client, newcomer: User) -> None:
    client.post(URL, {"old_password": OLD, "new_password1": "12345678", "new_password2": "12345678"})
    assert OneTimePassword.objects.exists()
    assert client.get("/admin/").status_code == 302


def test_one_may_still_log_out(client: Client, newcomer: User) -> None:
    assert client.post("/admin/logout/").status_code == 200
