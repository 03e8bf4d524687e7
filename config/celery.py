"""The Celery application. Its schedule is kept in the database, where staff can edit it.

``config.schedule`` writes the default entries once, when migrations have run.
"""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import task_prerun

import config.running.worker_signals  # noqa: F401  # connects what a supervised worker does besides its tasks
from config.shop_zone import use_shop_zone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("regulars")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
task_prerun.connect(use_shop_zone)
