"""The default schedule. It is written once into the database, where staff edit it in the admin.

An entry that exists is never touched again, so that a changed or disabled one stays as staff left it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_noop

from membership.models.shop import the_shop


@dataclass(frozen=True)
class Every:
    """One default entry: every ``seconds``, or daily at ``at`` ("HH:MM" in the shop's time zone)."""

    name: str
    task: str
    seconds: float = 0
    at: str = ""
    args: list[Any] = field(default_factory=list)


def default_entries() -> list[Every]:
    return [
        *_of_members(),
        Every(gettext_noop("Replay the demo shop"), "config.tasks.replay_demo", seconds=15),
        Every(
            gettext_noop("Renew recommendations"), "recommendations.tasks.score_recommendations", seconds=1800
        ),
        Every(
            gettext_noop("Renew forecasts after orders"),
            "membership.tasks.score_changed_forecasts",
            seconds=60,
        ),
        Every(
            gettext_noop("Renew demand after planning"), "membership.tasks.score_changed_demand", seconds=60
        ),
        Every(
            gettext_noop("Bring exchange rates onto orders"),
            "membership.tasks.apply_exchange_rates",
            seconds=60,
        ),
        Every(
            gettext_noop("Renew forecasts once a day"), "membership.tasks.score_due_forecasts", seconds=900
        ),
        *_daily(),
    ]


def _of_members() -> list[Every]:
    """What keeps jobs, members, segments and points current."""
    return [
        Every(
            gettext_noop("Hand on abandoned jobs"),
            "registry.tasks.reap_expired_jobs",
            seconds=settings.JOB_REAP_SECONDS,
        ),
        # at the reaper's pace, so that beat wakes up once for both
        Every(
            gettext_noop("Refresh changed members"),
            "membership.tasks.refresh_changed_members",
            seconds=settings.JOB_REAP_SECONDS,
        ),
        Every(gettext_noop("Refresh RFM segments"), "membership.tasks.refresh_rfm", seconds=900),
        Every(
            gettext_noop("Refresh segments whose time has come"),
            "membership.tasks.refresh_due_segments",
            seconds=60,
        ),
        Every(
            gettext_noop("Refresh segments kept by a rule"),
            "membership.tasks.refresh_dynamic_segments",
            seconds=3_600,
        ),
        Every(
            gettext_noop("Fill look-alike segments"), "membership.tasks.fill_waiting_look_alikes", seconds=300
        ),
        Every(gettext_noop("Expire points and pay debts"), "membership.tasks.settle_points", seconds=600),
        Every(
            gettext_noop("Give points for imported orders"), "membership.tasks.earn_from_imports", seconds=600
        ),
        Every(
            gettext_noop("Move what came for merged members"), "membership.tasks.move_late_rows", seconds=60
        ),
        Every(
            gettext_noop("Find duplicates of changed members"),
            "membership.tasks.find_new_duplicates",
            seconds=900,
        ),
        Every(gettext_noop("Give birthday points"), "membership.tasks.give_birthday_points", seconds=3_600),
        Every(gettext_noop("Forget old merges"), "membership.tasks.forget_old_merges", at="04:15"),
        Every(gettext_noop("Assign members to groups"), "membership.tasks.refresh_clusters", at="03:50"),
    ]


def _daily() -> list[Every]:
    """What is done once a day, most of it at night."""
    return [
        Every(gettext_noop("Review tiers"), "membership.tasks.review_tiers", at="02:10"),
        Every(gettext_noop("Find duplicates"), "membership.tasks.find_duplicates", at="01:20"),
        # "within 7 days" moves at midnight
        Every(gettext_noop("Refresh all members"), "membership.tasks.refresh_all_members", at="00:05"),
        Every(
            gettext_noop("Retrain recommendations"),
            "registry.tasks.retrain",
            at="03:10",
            args=["recommendations"],
        ),
        Every(gettext_noop("Retrain segments"), "registry.tasks.retrain", at="03:25", args=["segments"]),
        Every(gettext_noop("Retrain fraud detection"), "registry.tasks.retrain", at="03:40", args=["fraud"]),
        Every(gettext_noop("Score recent orders again"), "fraud.tasks.score_recent_orders", at="04:40"),
        Every(gettext_noop("Train the first fraud model"), "fraud.tasks.train_first_model", seconds=900),
        Every(
            gettext_noop("Rank unusual orders until there is a fraud model"),
            "fraud.tasks.rank_unusual_orders",
            seconds=900,
        ),
        Every(
            gettext_noop("Score orders that have no score"), "fraud.tasks.score_missing_orders", seconds=3_600
        ),
        Every(gettext_noop("Retrain forecasts"), "registry.tasks.retrain", at="04:30", args=["forecasts"]),
        Every(
            gettext_noop("Retrain demand forecasts"), "registry.tasks.retrain", at="04:45", args=["demand"]
        ),
        Every(gettext_noop("Work on what connected shops sent"), "connectors.tasks.work_waiting", seconds=30),
        Every(
            gettext_noop("Fetch what changed in connected shops"),
            "connectors.tasks.fetch_changes",
            seconds=900,
        ),
        Every(gettext_noop("Forget old messages of shops"), "connectors.tasks.forget_deliveries", at="04:10"),
        Every(gettext_noop("Remove old uploads"), "importing.tasks.remove_old_uploads", at="04:25"),
        Every(
            gettext_noop("Forget what finished imports wrote"),
            "membership.tasks.forget_import_traces",
            seconds=3_600,
        ),
        Every(
            gettext_noop("Forget old idempotency keys"),
            "membership.tasks.forget_idempotency_keys",
            at="04:20",
        ),
    ]


def write_default_schedule(**kwargs: Any) -> None:
    """Add the default entries that are missing. A ``post_migrate`` receiver."""
    import json

    from django.db import connection
    from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

    if PeriodicTask._meta.db_table not in connection.introspection.table_names():
        return  # "migrate <app>" on a fresh database signals before beat's own tables exist
    for entry in default_entries():
        if PeriodicTask.objects.filter(name=entry.name).exists():
            continue
        if entry.at:
            hour, minute = entry.at.split(":")
            moment = {"minute": str(int(minute)), "hour": str(int(hour)), "timezone": the_shop().time_zone}
            # moved schedules may be there twice, so no get_or_create
            crontab = CrontabSchedule.objects.filter(
                **moment, day_of_week="*", day_of_month="*", month_of_year="*"
            ).first() or CrontabSchedule.objects.create(**moment)
            when = {"crontab": crontab}
        else:
            interval, _ = IntervalSchedule.objects.get_or_create(
                every=round(entry.seconds), period=IntervalSchedule.SECONDS
            )
            # a beat that was away must not leave a heap of old ticks behind
            when = {"interval": interval, "expire_seconds": max(30, round(entry.seconds) * 2)}
        PeriodicTask.objects.create(name=entry.name, task=entry.task, args=json.dumps(entry.args), **when)


def move_schedule(before: str, now: str) -> None:
    """Have what is done at a time of day be done at that time in the zone ``now``.

    Entries that staff gave a zone of their own stay. ``before`` is "" for the shop's first settings: the
    default entries may then have been written where the environment said nothing.
    """
    from django_celery_beat.models import CrontabSchedule, PeriodicTask, PeriodicTasks

    if before:
        CrontabSchedule.objects.filter(timezone=before).update(timezone=now)
    else:
        names = [entry.name for entry in default_entries() if entry.at]
        ours = PeriodicTask.objects.filter(name__in=names, crontab__isnull=False)
        CrontabSchedule.objects.filter(pk__in=ours.values("crontab"), timezone="UTC").update(timezone=now)
    PeriodicTasks.update_changed()  # beat looks at this, and plans anew
