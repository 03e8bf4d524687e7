"""Renewing everybody's lists: in one go, or as shards that several workers take on.

A shard is a job row with a lease of its own (docs/decisions/0010-shards-are-jobs.md). Whoever asks for a pass
also works on it, so that it ends even when no other worker is there; it waits for the shards of others, and
only when the last one is done deletes the lists that no shard has renewed. Until then every reader finds the
old list or the new one.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Min, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from learning.estimator import Progress, part, silent
from learning.step_texts import StepText
from membership.models import Member
from recommendations.features import KnownHistory
from recommendations.models import ScoringShard
from recommendations.services.writing.item_lists import renew_item_lists
from recommendations.services.writing.repeat_gaps import renew_repeat_gaps
from recommendations.services.writing.scoring import FAMILY, Hold, score_members, sweep
from registry.job_errors import given_up, plain_error, stored_error
from registry.jobs import LeasedJob, LeaseLost
from registry.models import ModelVersion, TrainingRun
from registry.services import LoadedModel, NoLiveModel, load_live
from registry.services.versions import load_version

logger = logging.getLogger(__name__)

Queue = Callable[[int], object]
"""Sends the shard with this primary key to a worker."""
POLL_SECONDS = 0.5
KEPT_DAYS = 7


class ShardFailed(RuntimeError):
    """A shard could not be written; the lists of before stay."""


def write_back(*, run: TrainingRun, progress: Progress, queue: Queue) -> None:
    """Score all active members with the live model, inside the lease of ``run``.

    From what the training has read, where that is not shared out among workers: who has been active since is
    given a fresh list when it is asked for. A full run renews the lists of products as well, and how soon
    each is bought again. They do not
    depend on the model, so a new shop, which is to open soon, gets them after its first, light run
    (``config.setting_up``).
    """
    loaded = load_live(FAMILY)
    as_of = timezone.now()
    if run.recipe != TrainingRun.Recipe.LIGHT:
        renew_item_lists(as_of=as_of, hold=run.holding, progress=part(progress, 0.0, 0.15))
        renew_repeat_gaps(as_of=as_of, hold=run.holding)
    # a run that was taken over goes on with the shards that its first worker made
    batch = uuid.uuid5(uuid.NAMESPACE_OID, f"{run.public_id} {loaded.version.pk}")
    renew_lists(
        loaded=loaded,
        as_of=as_of,
        queue=queue,
        hold=run.holding,
        progress=part(progress, 0.15, 1.0),
        batch=batch,
        known=run.for_write_back,
    )


def renew_lists(
    *,
    loaded: LoadedModel,
    as_of: datetime,
    queue: Queue,
    hold: Hold,
    progress: Progress = silent,
    batch: uuid.UUID | None = None,
    known: KnownHistory | None = None,
) -> int:
    """Renew every list, in shards where there are more than SHARD_MEMBERS members; the rows written.

    ``known`` was read a while ago: without shards the lists are of its moment. Shards read their own members.
    """
    ranges = list(member_ranges(size=settings.RECOMMENDATIONS["SHARD_MEMBERS"]))
    if len(ranges) <= 1:
        as_of, read = (known.as_of, known.still_allowed()) if known else (as_of, None)
        written = score_members(loaded=loaded, as_of=as_of, hold=hold, progress=progress, read=read)
        sweep(as_of=as_of, hold=hold)
        return written
    batch = batch or uuid.uuid4()
    as_of = _make_shards(batch=batch, version=loaded.version, as_of=as_of, ranges=ranges, hold=hold)
    shards = ScoringShard.objects.filter(batch=batch)
    for shard in shards.filter(status=LeasedJob.Status.QUEUED).order_by("first_member"):
        queue(shard.pk)
    while (open_shards := shards.unfinished()).exists():
        done = 1 - open_shards.count() / len(ranges)
        progress(done, _("scoring members"))
        _work_on(shards, loaded=loaded, hold=hold)
    failed = shards.filter(status=LeasedJob.Status.FAILED).first()
    if failed is not None:
        message = gettext_noop("Members %(range)s: %(why)s")
        raise ShardFailed(StepText(message, range=str(failed), why=plain_error(failed.error)))
    sweep(as_of=as_of, hold=hold)
    return int(shards.aggregate(rows=Sum("rows_written"))["rows"] or 0)


def member_ranges(*, size: int) -> Iterator[range]:
    """Ranges of member ids, dense enough to hold about ``size`` members each; one when all fit into it."""
    active = Member.objects.active()
    ends = active.aggregate(low=Min("pk"), high=Max("pk"))
    count = active.count()
    if not count:
        return
    low, high = ends["low"], ends["high"] + 1
    pieces = -(-count // max(1, size))
    width = -(-(high - low) // pieces)
    for start in range(low, high, width):
        yield range(start, min(start + width, high))


def execute_shard(*, shard: ScoringShard) -> None:
    """Write one shard's lists. Quiet when another worker holds or finished it."""
    if not shard.claim():
        return
    if shard.attempts > LeasedJob.MAX_ATTEMPTS:
        shard.fail(given_up(attempts=LeasedJob.MAX_ATTEMPTS))
        return
    try:
        with shard.heartbeat():
            written = score_members(
                loaded=_loaded(shard.model_version),
                as_of=shard.as_of,
                hold=shard.holding,
                members=range(shard.first_member, shard.last_member + 1),
            )
            shard.succeed(rows_written=written)
    except LeaseLost:
        logger.warning("shard %s has passed to another worker", shard)
    except Exception as error:
        logger.exception("shard %s failed", shard)
        shard.fail(stored_error(error))


def _make_shards(
    *, batch: uuid.UUID, version: ModelVersion, as_of: datetime, ranges: list[range], hold: Hold
) -> datetime:
    """One row a range; the moment that the batch was first begun for."""
    with hold():
        ScoringShard.objects.filter(queued_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)).delete()
        begun = ScoringShard.objects.filter(batch=batch).first()
        if begun is not None:
            as_of = begun.as_of
            return as_of
        ScoringShard.objects.bulk_create(
            ScoringShard(
                batch=batch,
                model_version=version,
                first_member=members.start,
                last_member=members.stop - 1,
                as_of=as_of,
            )
            for members in ranges
        )
    return as_of


def _work_on(shards: object, *, loaded: LoadedModel, hold: Hold) -> None:
    """Take on one shard that is free, or wait a moment for those in other hands."""
    shard = shards.claimable().order_by("first_member").first()  # type: ignore[attr-defined]  # a queryset of shards
    with hold():  # ours must still be the pass that this shard belongs to
        pass
    if shard is None:
        time.sleep(POLL_SECONDS)
    else:
        execute_shard(shard=shard)


def _loaded(version: ModelVersion) -> LoadedModel:
    """The version, from memory where it is the live one."""
    try:
        live = load_live(FAMILY)
    except NoLiveModel:
        return load_version(version=version)
    return live if live.version.pk == version.pk else load_version(version=version)
