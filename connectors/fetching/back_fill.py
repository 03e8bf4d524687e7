"""A shop's customers, products and orders through its API, page by page, each page in one transaction.

Everything is read first, then once more what changed since the beginning, so that a change during the reading
is not lost. A job whose worker died goes on with the page after the last that was written.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from connectors.applying.dispatch import apply_item
from connectors.applying.known import Context
from connectors.applying.people import apply_customers
from connectors.applying.results import State
from connectors.fetching.errors import CursorGone, ShopProblem
from connectors.fetching.pages import Page, ShopApi
from connectors.fetching.shops import STEPS, api_of
from connectors.models import BackFill, Connection
from connectors.objects import BadMessage, Item, TheirCustomer
from connectors.sealing import SealBroken
from connectors.words import phrase
from learning.json_types import JsonObject
from registry.jobs import LeaseLost
from registry.queueing import queue_after_commit

logger = logging.getLogger(__name__)
TRIES = 3
STILL_OF_USE = timedelta(days=1)

OVERLAP = timedelta(minutes=5)
"""Their clock may differ from ours, and what changed a moment ago may not be in their lists yet."""


def request_back_fill(*, connection: Connection, changes_only: bool = False) -> tuple[BackFill, bool]:
    """(the job, whether it is new): everything, or what changed since the last one. At most one is under way.

    Raises ShopProblem where the shop cannot be asked.
    """
    if not connection.can_fetch:
        raise ShopProblem(_("Enter the shop's address and an access token first."))
    since = connection.fetched_until - OVERLAP if changes_only and connection.fetched_until else None
    try:
        with transaction.atomic():
            position = _where_the_last_one_ended(connection) if since is None else {}
            job = BackFill.objects.create(connection=connection, since=since, **position)
            queue_after_commit(job.task_name, job.pk)
    except IntegrityError:
        return BackFill.objects.unfinished().get(connection=connection), False
    return job, True


def _where_the_last_one_ended(connection: Connection) -> JsonObject:
    """The position of a whole reading that failed lately, to go on from; nothing where that did not help."""
    jobs = BackFill.objects.filter(connection=connection, since=None).order_by("-id")[:2]
    last, before = [*jobs, None, None][:2]
    if last is None or last.status != BackFill.Status.FAILED or last.began_at is None:
        return {}
    names = ("began_at", "steps_done", "cursor")
    position = {name: getattr(last, name) for name in names}
    is_stuck = before is not None and all(getattr(before, name) == position[name] for name in names)
    if is_stuck or timezone.now() - last.began_at > STILL_OF_USE:
        return {}
    return {**position, "counts": last.counts}


def run_back_fill(*, job: BackFill) -> None:
    """Carry the job out. Quiet when it is finished or in other hands."""
    if not job.claim():
        return
    if job.attempts > job.MAX_ATTEMPTS:
        _fail(job, phrase(_("given up after %(n)d attempts"), n=job.MAX_ATTEMPTS))
        return
    try:
        with job.heartbeat():
            _carry_out(job)
    except LeaseLost:
        logger.warning("back-fill %s has passed to another worker", job.pk)
    except SealBroken:
        _fail(job, _("The stored secrets cannot be read: SECRET_KEY has changed. Enter them again."))
    except ShopProblem as error:
        _fail(job, error.stored)
    except BadMessage as error:
        _fail(job, phrase(_("%(field)s is missing or cannot be read"), field=str(error)))
    except Exception as error:
        _fail(job, f"{type(error).__name__}: {error}")
        raise


def _fail(job: BackFill, text: str) -> None:
    job.fail(text)
    Connection.objects.filter(pk=job.connection_id).update(error=text)


def _carry_out(job: BackFill) -> None:
    began_at = job.began_at or timezone.now()
    with job.holding(began_at=began_at):
        pass
    api = api_of(job.connection)
    try:
        steps = [(kind, job.since) for kind in STEPS]
        if job.since is None:
            steps += [(kind, began_at - OVERLAP) for kind in STEPS]
        while job.steps_done < len(steps):
            kind, since = steps[job.steps_done]
            page = _page(job, api, kind=kind, since=since)
            _write(job, page, kind=str(kind), n_steps=len(steps))
    finally:
        api.close()
    with job.finishing():
        Connection.objects.filter(pk=job.connection_id).update(fetched_until=began_at, error="")


def _page(job: BackFill, api: ShopApi, *, kind: str, since: datetime | None) -> Page:
    """The next page; where the shop does not know the place any more, the first one of this kind."""
    try:
        return api.page(kind=kind, since=since, cursor=job.cursor)
    except CursorGone:
        logger.warning("%s: the place in %s is gone; it begins again", job, kind)
        return api.page(kind=kind, since=since, cursor="")


def _write(job: BackFill, page: Page, *, kind: str, n_steps: int) -> None:
    """A page's objects, each in its transaction; then counts and position, so that at worst a page comes
    twice.
    """
    context = Context(
        connection=job.connection, now=timezone.now(), reason=_("fetched"), is_last_try=True, is_fetched=True
    )
    states = Counter(_written(page.items, context))
    counts = dict(job.counts)
    for name, number in ((kind, len(page.items)), ("refused", states[State.REFUSED])):
        counts[name] = counts.get(name, 0) + number
    done = job.steps_done + (not page.cursor)
    with job.holding(
        steps_done=done, cursor=page.cursor, counts=counts, progress=done / n_steps,
        message=f"{sum(counts.values()):,}",
    ):  # fmt: skip
        pass


def _written(items: Sequence[Item], context: Context) -> list[str]:
    """The state of each. Customers are written together: looking for many costs the same as for one."""
    customers = [item for item in items if isinstance(item, TheirCustomer)]
    if len(customers) == len(items) > 0:
        try:
            with transaction.atomic():
                return [result.state for result in apply_customers(customers, context)]
        except (IntegrityError, OperationalError):  # another writer was in the way: one by one
            logger.warning("a page of customers is written one by one", exc_info=True)
    return [_write_one(item, context) for item in items]


def _write_one(item: Item, context: Context) -> str:
    """Its state. What cannot be written is logged and left out: the others must not wait for it."""
    name = f"{type(item).__name__} of {context.connection}"
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                result = apply_item(item, context)
        except (IntegrityError, OperationalError):
            if attempt == TRIES:
                raise
        except Exception:
            logger.exception("%s cannot be written", name)
            return State.REFUSED
        else:
            if result.is_refused:
                logger.warning("%s was refused: %s", name, result.detail)
            return result.state
    return State.REFUSED


def request_changes() -> int:
    """Start a job for each active connection that was read whole before; how many were started."""
    started = 0
    active = Connection.objects.filter(state=Connection.State.ACTIVE, fetched_until__isnull=False)
    for connection in active:
        if connection.can_fetch:
            started += request_back_fill(connection=connection, changes_only=True)[1]
    return started
