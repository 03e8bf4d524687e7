"""Handing work to the queue, and what happens while the broker does not answer: the same everywhere.

What is to be done stands in a row first: a job, a version that went live, a segment that is still empty.
``queue_after_commit`` sends the message once that row is committed. Without a broker it logs a warning and
goes on: the request has succeeded, and the schedule finds the row again (docs/explanation/queue.md).

Work that no row tells of goes through ``queue_now``, whose caller is told: QueueAway, which the API answers
with 503.
"""

from __future__ import annotations

import logging

from celery import current_app
from django.db import transaction
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


class QueueAway(Exception):
    """The broker does not answer, so that nothing was queued."""


def queue_now(task: str, *args: object) -> None:
    """Have a worker carry out the task of this name. Raises QueueAway."""
    try:
        current_app.signature(task, args=args).apply_async()
    except OperationalError as error:
        logger.warning("the queue does not answer: %s%r was not sent (%s)", task, args, error)
        raise QueueAway(_("The queue does not answer; try again in a moment.")) from error


def queue_after_commit(task: str, *args: object) -> bool:
    """The same once the transaction has committed, for work that the schedule finds again from its row.

    False where it is known already that the message could not be sent, and that the work starts later.
    """
    is_away = False

    def send() -> None:
        nonlocal is_away
        try:
            queue_now(task, *args)
        except QueueAway:
            is_away = True

    transaction.on_commit(send)
    return not is_away
