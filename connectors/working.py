"""Stored deliveries, worked on one after another, each in the transaction that notes its end.

A worker that dies leaves its delivery as it was; the next worker, or the schedule, takes it up. Two workers
take different deliveries, or wait for each other where a database has one writer.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import orjson
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from connectors.applying.dispatch import apply_items
from connectors.applying.known import Context
from connectors.applying.results import Result, State
from connectors.fetching.missing import fetch_missing
from connectors.models import Connection, ReceivedDelivery, SourceObject
from connectors.objects import BadMessage, Missing
from connectors.systems.reading import read_message
from connectors.words import phrase
from importing.errors import BadFile
from registry.queueing import queue_after_commit
from registry.tables.storable import storable

logger = logging.getLogger(__name__)

TASK = "connectors.tasks.work_deliveries"
MAX_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=5)
KEPT = timedelta(days=30)
"""How long the contents of messages are kept after they were worked on."""
WAITS = {
    str(SourceObject.Kind.CUSTOMER): _("waits for customer %(number)s"),
    str(SourceObject.Kind.PRODUCT): _("waits for product %(number)s"),
    str(SourceObject.Kind.STOCK): _("asks for the stock of item %(number)s"),
}
UNFINISHED = (State.WAITING, State.FAILED, State.STAFF)


def work_deliveries(*, connection_id: int) -> int:
    """Work on all deliveries of a connection that are due; how many were ended."""
    ended = 0
    while (outcome := _work_next(connection_id)) is not None:
        ended += outcome
    return ended


def _work_next(connection_id: int) -> int | None:
    """1: the next delivery was ended; 0: it waits; None: there is none. Each is tried once a call."""
    delivery: ReceivedDelivery | None = None
    try:
        with transaction.atomic():
            delivery = _next(connection_id)
            if delivery is None:
                return None
            _end(delivery, _worked(delivery))
            return 1
    except Missing as missing:
        assert delivery is not None  # noqa: S101  # only its work raises this
        fetched = fetch_missing(
            connection=delivery.connection, kind=missing.kind, source_id=missing.source_id
        )
        text = phrase(WAITS[missing.kind], number=missing.source_id)
        _put_back(delivery, text, pause=timedelta(0) if fetched else None)
    except (IntegrityError, OperationalError) as error:
        if delivery is None:
            raise
        logger.warning("delivery %s is tried again", delivery.pk, exc_info=True)
        _put_back(delivery, f"{type(error).__name__}: {error}")
    return 0


def _next(connection_id: int) -> ReceivedDelivery | None:
    due = ReceivedDelivery.objects.due(at=timezone.now()).filter(connection_id=connection_id)
    skips = connection.features.has_select_for_update_skip_locked
    due = due.select_related("connection").select_for_update(skip_locked=skips, of=("self",) if skips else ())
    return due.first()


def _worked(delivery: ReceivedDelivery) -> Result:
    """Raises Missing, IntegrityError, OperationalError: it is to be tried again."""
    context = Context(
        connection=delivery.connection, now=timezone.now(), reason=delivery.topic,
        triggered_at=delivery.triggered_at, is_first_try=delivery.attempts == 0,
        is_last_try=delivery.attempts + 1 >= MAX_ATTEMPTS,
        restores=delivery.topic.endswith(".restored"),
    )  # fmt: skip
    try:
        items = read_message(delivery.connection.system, delivery.topic, orjson.loads(delivery.body))
        with transaction.atomic():
            return apply_items(items, context)
    except BadMessage as error:
        text = phrase(_("%(field)s is missing or cannot be read"), field=str(error))
        return Result(State.REFUSED, text)
    except BadFile as error:
        return Result(State.REFUSED, str(error))
    except (Missing, IntegrityError, OperationalError):
        raise
    except Exception as error:
        # a message that the program cannot digest must not stop those behind it
        logger.exception("delivery %s failed", delivery.pk)
        return Result(State.FAILED, f"{type(error).__name__}: {error}")


def _end(delivery: ReceivedDelivery, result: Result) -> None:
    delivery.state, delivery.detail = result.state, storable(result.detail)
    delivery.attempts += 1
    delivery.worked_at = timezone.now()
    delivery.save(update_fields=["state", "detail", "attempts", "worked_at"])


def _put_back(delivery: ReceivedDelivery, detail: str, *, pause: timedelta | None = None) -> None:
    """Try again later, each time after twice as long; after ``MAX_ATTEMPTS`` it has failed."""
    attempts = delivery.attempts + 1
    state = State.WAITING if attempts < MAX_ATTEMPTS else State.FAILED
    if pause is None:
        pause = FIRST_PAUSE * 2 ** min(attempts - 1, 10)
    ReceivedDelivery.objects.filter(pk=delivery.pk, state=State.WAITING).update(
        attempts=attempts, state=state, detail=storable(detail), next_try_at=timezone.now() + pause
    )


def work_waiting() -> int:
    """Queue work for connections with deliveries that are due: lost messages, dead workers, second tries."""
    due = ReceivedDelivery.objects.due(at=timezone.now()).order_by()
    connections = sorted(set(due.values_list("connection_id", flat=True)))
    for connection_id in connections:
        queue_after_commit(TASK, connection_id)
    return len(connections)


def retry_delivery(*, delivery: ReceivedDelivery) -> None:
    """Put a delivery that failed or was refused back to the waiting ones."""
    ReceivedDelivery.objects.filter(pk=delivery.pk).update(
        state=State.WAITING, attempts=0, next_try_at=timezone.now(), worked_at=None
    )
    queue_after_commit(TASK, delivery.connection_id)


def pause(*, shop: Connection) -> None:
    """Messages are still taken, and wait."""
    Connection.objects.filter(pk=shop.pk).update(state=Connection.State.PAUSED)


def go_on(*, shop: Connection) -> None:
    Connection.objects.filter(pk=shop.pk).update(state=Connection.State.ACTIVE)
    queue_after_commit(TASK, shop.pk)


def forget_deliveries(*, now: datetime) -> int:
    """Delete what was worked on long ago; messages that still need somebody stay."""
    old = ReceivedDelivery.objects.filter(worked_at__lt=now - KEPT).exclude(state__in=UNFINISHED)
    return old.delete()[0]
