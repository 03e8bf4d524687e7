from __future__ import annotations

import pytest
from celery import current_app
from django_celery_beat.models import PeriodicTask

from config.schedule import default_entries, write_default_schedule

pytestmark = pytest.mark.django_db


def test_migrating_writes_every_default_entry() -> None:
    names = set(PeriodicTask.objects.values_list("name", flat=True))

    assert {entry.name for entry in default_entries()} <= names


def test_what_staff_changed_stays_as_they_left_it() -> None:
    PeriodicTask.objects.filter(name="Retrain fraud detection").update(enabled=False)

    write_default_schedule()

    assert not PeriodicTask.objects.get(name="Retrain fraud detection").enabled
    assert PeriodicTask.objects.filter(name="Retrain fraud detection").count() == 1


def test_every_scheduled_task_exists() -> None:
    current_app.loader.import_default_modules()

    for task in PeriodicTask.objects.exclude(task__startswith="celery."):
        assert task.task in current_app.tasks, task.task
