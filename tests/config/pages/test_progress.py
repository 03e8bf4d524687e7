"""The page that shows how far the set-up is."""

from __future__ import annotations

import io

import pytest
from django.test import Client

from config.setting_up.runner import Display, Phase, PhaseError, Progress, run_phases
from config.setting_up.state import SetupState, read_state, state_path, write_state
from tests.factories import UserFactory


class Work:
    """A phase that counts how often it ran and can be told to fail."""

    def __init__(self, key: str, *, fails: bool = False, needed_to_open: bool = True) -> None:
        self.runs, self.fails = 0, fails
        self.seen: list[tuple[bool, bool]] = []  # what the state file said of open and complete, each run
        self.phase = Phase(
            key,
            is_done=lambda: self.runs > 0 and not self.fails,
            run=self.run,
            needed_to_open=needed_to_open,
        )

    def run(self, progress: Progress) -> str:
        self.runs += 1
        state = read_state()
        assert state is not None
        self.seen.append((state.open, state.complete))
        progress(0.5, "half")
        if self.fails:
            raise PhaseError("no such file")
        return "all there"


def run(*works: Work) -> str:
    stream = io.StringIO()
    run_phases([work.phase for work in works], display=Display(total=len(works), stream=stream))
    return stream.getvalue()


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
