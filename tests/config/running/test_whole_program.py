"""The whole program as real processes, in the shape of the environment: broker, workers, beat and web."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shops import Services, Shop, wait_until

pytestmark = pytest.mark.worker


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """An empty shop that serves. Parallel test processes get databases of their own."""
    process = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    services = Services.of_environment(name=f"running_{process}", redis_number=8 + int(process[2:]) % 8)
    with tempfile.TemporaryDirectory(prefix="regulars-") as folder:
        started = Shop(Path(folder), services=services)
        started.start()
        started.wait_until_serving()
        yield started
        started.end()
        if services:
            services.drop()


def test_the_set_up_ends_and_the_program_is_healthy(shop: Shop) -> None:
    state = "/setup/progress.json"
    wait_until(lambda: '"finished": true' in shop.get(state)[1], seconds=30, what="the set-up")
    assert shop.answers("/healthz")
    assert shop.number("SELECT count(*) FROM auth_user WHERE username = 'admin'") == 1


def test_an_imported_members_figures_are_computed_in_the_background(shop: Shop) -> None:
    file = shop.folder / "members.csv"
    file.write_text("member_no,name,email\nA-1,Ada Lovelace,ada@example.org\n")
    assert shop.manage("import_members", str(file)).wait(timeout=60) == 0, shop.commands_log
    figures = "SELECT count(*) FROM membership_memberfeatures WHERE as_of IS NOT NULL"
    wait_until(lambda: shop.number(figures) == 1, seconds=40, what="the member's figures")


def test_a_retrain_from_the_command_line_runs_in_the_training_worker(shop: Shop) -> None:
    assert shop.manage("retrain", "recommendations").wait(timeout=60) == 0, shop.commands_log
    ended = "SELECT status FROM registry_trainingrun WHERE finished_at IS NOT NULL"
    # an empty shop has nothing to learn from: the run fails, and says so instead of hanging
    wait_until(lambda: shop.rows(ended), seconds=60, what="the end of the run")
