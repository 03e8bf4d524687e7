from __future__ import annotations

import pytest
from celery import current_app
from django_celery_beat.models import CrontabSchedule, PeriodicTask, PeriodicTasks

from config.schedule import default_entries, move_schedule, write_default_schedule

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


def zones() -> set[str]:
    daily = PeriodicTask.objects.filter(name__in=[one.name for one in default_entries()])
    return {str(name) for name in daily.exclude(crontab=None).values_list("crontab__timezone", flat=True)}


def test_nightly_work_follows_the_shops_zone() -> None:
    noticed = PeriodicTasks.last_change()

    move_schedule("UTC", "Pacific/Auckland")

    assert zones() == {"Pacific/Auckland"}
    assert PeriodicTasks.last_change() != noticed


def test_an_entry_with_a_zone_of_its_own_stays() -> None:
    own = CrontabSchedule.objects.create(minute="0", hour="9", timezone="Asia/Tokyo")
    PeriodicTask.objects.filter(name="Refresh all members").update(crontab=own)

    move_schedule("UTC", "Pacific/Auckland")

    assert zones() == {"Pacific/Auckland", "Asia/Tokyo"}


def test_the_first_settings_move_what_was_written_without_them() -> None:
    move_schedule("", "Asia/Shanghai")

    assert zones() == {"Asia/Shanghai"}
    write_default_schedule()
    assert zones() == {"Asia/Shanghai"}
