"""The page that shows how far the set-up is."""

from __future__ import annotations

import pytest
from django.test import Client

from config.setting_up.state import SetupState, state_path, write_state
from tests.config.setting_up.work import Work, run
from tests.factories import UserFactory


def test_the_start_page_redirects_to_the_progress_page_meanwhile(client: Client) -> None:
    write_state(SetupState())
    assert client.get("/").headers["Location"] == "/setup/"
    write_state(SetupState(open=True))
    assert client.get("/").headers["Location"] == "/admin/"


def test_the_progress_page_names_its_icon_so_that_no_browser_looks_for_another(client: Client) -> None:
    assert (
        'rel="icon" type="image/svg+xml" href="/static/config/icon' in client.get("/setup/").content.decode()
    )


def test_the_progress_page_shows_each_phase_without_a_database(client: Client) -> None:
    run(Work("orders"))
    assert "Importing orders" in client.get("/setup/").content.decode()
    shown = client.get("/setup/progress.json").json()
    assert (shown["open"], shown["complete"], shown["percent"]) == (True, True, 100)
    assert shown["phases"][0]["status"] == "done"


@pytest.mark.django_db
def test_only_staff_read_the_notes_of_phases(client: Client) -> None:
    run(Work("orders"))
    assert client.get("/setup/progress.json").json()["phases"][0]["note"] == ""
    assert "all there" not in client.get("/setup/").content.decode()
    client.force_login(UserFactory(is_staff=True))
    assert client.get("/setup/progress.json").json()["phases"][0]["note"] == "all there"


def test_a_shop_that_was_never_set_up_counts_as_open_and_complete(client: Client) -> None:
    state_path().unlink(missing_ok=True)
    shown = client.get("/setup/progress.json").json()
    assert (shown["open"], shown["complete"]) == (True, True)
