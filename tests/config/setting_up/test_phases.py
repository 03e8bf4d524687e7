"""The phases of the first set-up: once each, resumable, recorded for the progress page."""

from __future__ import annotations

import io
import re
import shutil
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.contrib.auth import authenticate, get_user_model
from django.utils import timezone
from pytest_django.fixtures import Settings

from config.setting_up.account import create_administrator, invitation
from config.setting_up.options import SetupOptions
from config.setting_up.phases import is_imported, phases
from config.setting_up.runner import Display, PhaseError, run_phases
from config.setting_up.state import SetupState, read_state, state_path, write_state
from importing.running import run_import
from membership.models import OneTimePassword
from membership.models.shop import Shop, remember_shop
from tests.config.setting_up.work import Work, run


def test_each_phase_says_how_long_it_took() -> None:
    assert "[ 1/1] Importing orders" in (printed := run(Work("orders")))
    assert "done in" in printed


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


def test_the_state_names_what_failed() -> None:
    with pytest.raises(PhaseError):
        run(Work("products"), Work("orders", fails=True))
    state = read_state()
    assert state is not None
    assert [phase.status for phase in state.phases] == ["done", "failed"]
    assert (state.open, state.complete, state.error) == (False, False, "Importing orders: no such file")


def test_the_shop_is_open_before_the_fuller_models_and_complete_after_them() -> None:
    first, later = Work("fraud"), Work("full-fraud", needed_to_open=False)
    printed = run(first, later)
    assert (first.seen, later.seen) == ([(False, False)], [(True, False)])
    assert (state := read_state()) is not None
    assert (state.open, state.complete) == (True, True)
    assert printed.index("OPEN 0 s after the start") < printed.index("] Fuller model: fraud detection")
    assert printed.rindex("COMPLETE 0 s after the start") > printed.rindex("] Fuller model: fraud detection")


def test_the_remaining_steps_are_printed_first() -> None:
    lines = run(Work("fraud"), Work("full-fraud", needed_to_open=False)).splitlines()
    assert lines[0] == "To do until the shop is open: First model: fraud detection."
    assert lines[1] == "Then, in the background: Fuller model: fraud detection."


def test_seconds_count_from_the_moment_that_is_given() -> None:
    stream = io.StringIO()
    display = Display(total=1, stream=stream, began=time.time() - 100)
    run_phases([Work("orders").phase], display=display)
    assert re.search("OPEN 10[0-9] s after the start", stream.getvalue())


def test_a_shop_stays_open_when_a_fuller_model_fails() -> None:
    with pytest.raises(PhaseError):
        run(Work("fraud"), Work("full-fraud", fails=True, needed_to_open=False))
    assert (state := read_state()) is not None
    assert (state.open, state.complete) == (True, False)


def test_a_damaged_state_file_counts_as_none() -> None:
    write_state(SetupState())
    state_path().write_text('{"phases": [')
    assert read_state() is None


@pytest.mark.django_db
def test_the_invitation_holds_a_password_that_works() -> None:
    create_administrator()
    printed = invitation(url="http://shop")
    assert "http://shop/admin/" in printed
    password = printed.split("Password  ")[1].split()[0]
    assert authenticate(username="admin", password=password) is not None


@pytest.mark.django_db
def test_each_printed_invitation_replaces_the_password_until_someone_logged_in() -> None:
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


@pytest.mark.django_db
@pytest.mark.parametrize("is_confirmed", [False, True])
def test_a_shop_whose_settings_nobody_has_looked_at_is_told_them_and_where_to_change_them(
    is_confirmed: bool,
) -> None:
    create_administrator()
    remember_shop(Shop("Pacific/Auckland", "JPY", "NZ", is_confirmed=is_confirmed))
    printed = invitation(url="http://shop")

    assert ("days in Pacific/Auckland and money in JPY" in printed) is not is_confirmed
    assert ("http://shop/admin/membership/shopsettings/1/change/" in printed) is not is_confirmed


@pytest.mark.parametrize(("name", "value"), [("DEMO", "yes"), ("DEMO_HOUSEHOLDS", "-3")])
def test_bad_options_are_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(PhaseError, match=f"{name}='{value}'"):
        SetupOptions.from_environment()


@pytest.mark.django_db
def test_training_begins_as_soon_as_its_data_are_there() -> None:
    keys = [phase.key for phase in phases(SetupOptions(demo=True))]

    assert keys.index("labels") < keys.index("queue") < keys.index("events") < keys.index("queue-rest")
    assert keys.index("demand") < keys.index("similar") < keys.index("full-recommendations")


def write_products(folder: Path, *names: str) -> Path:
    folder.mkdir()
    numbers = [f"P-{number}" for number in range(len(names))]
    path = folder / "products.parquet"
    pq.write_table(pa.table({"sku": numbers, "name": list(names), "price": ["1.00"] * len(names)}), path)
    return path


@pytest.mark.django_db(transaction=True)
def test_a_folder_that_was_moved_is_not_imported_again(tmp_path: Path, settings: Settings) -> None:
    run_import(kind="products", path=write_products(tmp_path / "demo", "Milk"))
    settings.DEMO_DIR = shutil.move(tmp_path / "demo", tmp_path / "elsewhere")

    assert is_imported("products")
    assert not is_imported("orders")


@pytest.mark.django_db(transaction=True)
def test_a_file_with_other_rows_is_imported(tmp_path: Path, settings: Settings) -> None:
    run_import(kind="products", path=write_products(tmp_path / "demo", "Milk"))
    write_products(tmp_path / "other", "Milk", "Bread")
    settings.DEMO_DIR = tmp_path / "other"

    assert not is_imported("products")
