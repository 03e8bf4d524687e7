"""The page for whoever failed to log in too often."""

from __future__ import annotations

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LOGIN = reverse("admin:login")


@pytest.fixture(autouse=True)
def counting(settings: Settings) -> None:
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 3


def log_in(client: Client, *, name: str = "ann", password: str = "wrong", ip: str = "203.0.113.1"):  # noqa: S107  # a wrong one
    return client.post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=ip)


def test_the_third_failure_is_answered_with_the_page_and_the_minutes(client: Client) -> None:
    answers = [log_in(client) for _attempt in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    page = answers[-1].content.decode()
    assert "3 failed logins with this user name: it is locked for a while." in page
    assert "Try again in 15 minutes." in page
    assert f'href="{LOGIN}"' in page


def test_the_right_password_does_not_help_while_it_is_locked(client: Client) -> None:
    user = UserFactory(username="ann", is_staff=True)
    user.set_password("right-1234")
    user.save()
    for _attempt in range(3):
        log_in(client)

    assert log_in(client, password="right-1234").status_code == 429
    assert "_auth_user_id" not in client.session


def test_another_name_and_another_address_are_not_locked(client: Client) -> None:
    for _attempt in range(3):
        log_in(client)

    assert log_in(client, name="ben").status_code == 200
    assert log_in(client, ip="203.0.113.2").status_code == 200


def test_a_login_is_possible_once_the_attempts_are_forgotten(client: Client) -> None:
    for _attempt in range(3):
        log_in(client)
    AccessAttempt.objects.all().delete()

    assert log_in(client).status_code == 200


def test_without_an_end_of_the_lock_no_minutes_are_named(client: Client, settings: Settings) -> None:
    settings.AXES_COOLOFF_TIME = None
    for _attempt in range(3):
        answer = log_in(client)

    assert answer.status_code == 429
    assert "Try again" not in answer.content.decode()
