"""The phases of the first set-up: once each, resumable, recorded for the progress page."""

from __future__ import annotations

import io

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.test import Client
from django.utils import timezone

from config.setting_up.account import create_administrator, invitation
from config.setting_up.phases import SetupOptions, _wait_for_training
from config.setting_up.runner import Display, Phase, PhaseError, Progress, run_phases
from config.setting_up.state import SetupState, read_state, write_state
from learning.estimator import ModelFitError, silent
from membership.models import OneTimePassword
from registry.families import Candidate
from tests.registry.toy import toy_family


class Work:
    """A phase that counts how often it ran and can be told to fail."""

    def __init__(self, key: str, *, fails: bool = False) -> None:
        self.runs, self.fails = 0, fails
        self.phase = Phase(key, is_done=lambda: self.runs > 0 and not self.fails, run=self.run)

    def run(self, progress: Progress) -> str:
        self.runs += 1
        progress(0.5, "half")
        if self.fails:
            raise PhaseError("no such file")
        return "all there"


def run(*works: Work) -> str:
    stream = io.StringIO()
    run_phases([work.phase for work in works], display=Display(total=len(works), stream=stream))
    return stream.getvalue()


def test_each_phase_says_how_long_it_took() -> None:
    assert "[ 1/1] Importing orders" in (said := run(Work("orders")))
    assert "done in" in said


def test_a_second_run_does_nothing_again() -> None:
    work = Work("orders")
    run(work)
    assert run(work) == ""
    assert work.runs == 1


def test_a_failed_phase_is_tried_again_and_the_ones_before_are_not() -> None:
    first, second = Work("products"), Work("orders", fails=True)
    with pytest.raises(PhaseError):
        run(first, second)
    second.fails, second.runs = False, 0
    run(first, second)
    assert (first.runs, second.runs) == (1, 1)


def test_the_state_tells_what_failed() -> None:
    with pytest.raises(PhaseError):
        run(Work("products"), Work("orders", fails=True))
    state = read_state()
    assert state is not None
    assert [phase.status for phase in state.phases] == ["done", "failed"]
    assert (state.finished, state.error) == (False, "Importing orders: no such file")


def test_the_front_door_leads_to_the_progress_page_meanwhile(client: Client) -> None:
    write_state(SetupState())
    assert client.get("/").headers["Location"] == "/setup/"
    write_state(SetupState(finished=True))
    assert client.get("/").headers["Location"] == "/admin/"


def test_the_progress_page_shows_each_phase_without_a_database(client: Client) -> None:
    run(Work("orders"))
    assert "Importing orders" in client.get("/setup/").content.decode()
    shown = client.get("/setup/progress.json").json()
    assert (shown["finished"], shown["percent"], shown["phases"][0]["status"]) == (True, 100, "done")


def test_a_damaged_state_file_counts_as_none() -> None:
    write_state(SetupState())
    from config.setting_up.state import state_path

    state_path().write_text('{"phases": [')
    assert read_state() is None


@pytest.mark.django_db
def test_the_invitation_holds_a_password_that_works() -> None:
    create_administrator()
    said = invitation(url="http://shop")
    assert "http://shop/admin/" in said
    password = said.split("Password  ")[1].split()[0]
    assert authenticate(username="admin", password=password) is not None


@pytest.mark.django_db
def test_each_invitation_replaces_the_password_until_someone_logged_in() -> None:
    create_administrator()
    invitation(url="http://shop")
    assert "Password" in invitation(url="http://shop")
    get_user_model().objects.update(last_login=timezone.now())
    assert "Password" not in invitation(url="http://shop")


@pytest.mark.django_db
def test_no_password_is_printed_for_an_account_that_chose_its_own() -> None:
    create_administrator()
    OneTimePassword.objects.all().delete()
    assert "Password" not in invitation(url="http://shop")


@pytest.mark.parametrize(("name", "value"), [("DEMO", "yes"), ("DEMO_HOUSEHOLDS", "-3")])
def test_bad_options_are_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(PhaseError, match=f"{name}='{value}'"):
        SetupOptions.from_environment()


@pytest.mark.django_db(transaction=True)
def test_a_shop_too_small_to_learn_from_is_served_without_that_model() -> None:
    def train(progress: Progress) -> Candidate:
        raise ModelFitError("no fraud is known yet")

    with toy_family(train=train):
        note = _wait_for_training(silent, family="toy")

    assert "no fraud is known yet" in note
