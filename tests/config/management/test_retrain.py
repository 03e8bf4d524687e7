"""``manage.py retrain``: queues what beat would, says how it ended."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from registry.models import TrainingRun

pytestmark = pytest.mark.django_db


def test_an_unknown_family_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CommandError, match=r"invalid choice: 'gardening'.*fraud.*recommendations.*segments"):
        call_command("retrain", "gardening")


@pytest.mark.django_db(transaction=True)
def test_a_run_that_fails_is_a_failed_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:  # an empty shop has nothing to learn from
        call_command("retrain", "recommendations", "--wait")
    assert ended.value.code == 1
    assert "failed" in capsys.readouterr().err


def test_a_run_under_way_is_not_started_twice(capsys: pytest.CaptureFixture[str]) -> None:
    TrainingRun.objects.create(family="fraud")
    call_command("retrain", "fraud")
    assert TrainingRun.objects.count() == 1
    assert "Queued" in capsys.readouterr().out
