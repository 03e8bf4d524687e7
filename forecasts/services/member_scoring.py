"""Forecasts of members: written back for everybody once a day, and for a member after an order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from forecasts.features import day_number, forecast_members, known_until_day, load_purchases
from forecasts.models import Forecast
from forecasts.models.forecasts import HORIZONS_DAYS, SOON_DAYS
from forecasts.services.changed_orders import with_changed_orders
from forecasts.services.member_rows import COLUMNS, member_rows
from forecasts.services.merges import with_merges
from learning.estimator import Progress, silent
from learning.threads import one_thread_if
from membership.models import MemberFeatures, Segment, SegmentMembership, SegmentVersion
from membership.segments.stays import set_members
from registry.models import TrainingRun
from registry.services import LoadedModel, load_live
from registry.tables.bulk import upsert_rows
from registry.tables.one_of import OneOf

if TYPE_CHECKING:
    from forecasts.features import Purchases
    from forecasts.ml.members.purchase_history import MemberForecasts, PurchaseHistory

FAMILY = "forecasts"
MEMBERS_AT_ONCE = 20_000
LATELY_DAYS = 2
MANY_MEMBERS = 20_000
Hold = Callable[[], AbstractContextManager[None]]
"""Opens the transaction that one batch of rows is written in."""

SEGMENTS = {
    "likely-this-week": (
        gettext_noop("Likely to order this week"),
        gettext_noop("The forecast gives an order within 7 days a chance of one half or more."),
    ),
    "slipping-away": (
        gettext_noop("Slipping away"),
        gettext_noop("Had a habit, and will rather not order within 90 days than order."),
    ),
}
"""Names and descriptions are stored in English and translated where they are shown."""


def write_back(run: TrainingRun, progress: Progress) -> None:
    """Forecast every member with the live model, inside the run's lease, from the orders that it has read."""
    as_of, read = run.for_write_back or (timezone.now(), None)
    score_members(loaded=load_live(FAMILY), as_of=as_of, hold=run.holding, progress=progress, read=read)


def score_members(
    *,
    loaded: LoadedModel,
    as_of: datetime,
    hold: Hold = transaction.atomic,
    progress: Progress = silent,
    member_ids: Collection[int] | None = None,
    read: Purchases | None = None,
) -> int:
    """Renew the forecasts of ``member_ids`` (all, unless told) from what is known at ``as_of``; rows written.

    An old row stays until the new one is written; then rows of members without orders, or who may not be
    profiled, are deleted. ``read``: the orders of ``as_of``. Safe to repeat. Raises NotFinite.
    """
    progress(0.0, _("reading orders"))
    purchases = read.still_allowed() if read else load_purchases(as_of=as_of, member_ids=member_ids)
    day = known_until_day(as_of=as_of)
    newest = purchases.newest()
    written = 0
    for forecast, history in _forecasts(loaded.estimator, purchases, day=day):
        progress(0.2 + 0.7 * written / len(newest), _("forecasting members"))
        rows = member_rows(forecast, history, newest, stamp=(as_of, loaded.version.pk))
        with hold():
            written += upsert_rows(
                model=Forecast, columns=COLUMNS, rows=rows, conflict=("member_id",), update=COLUMNS[1:]
            )
    # a row that another worker wrote meanwhile is newer than this pass, and stays
    old = Forecast.objects.filter(scored_at__lt=as_of)
    if member_ids is not None:
        old = old.filter(OneOf("member_id", member_ids))
    with hold():
        old.delete()
        refresh_segments(at=as_of, among=member_ids)
    return written


def refresh_due(*, as_of: datetime) -> bool:
    """Whether some forecast starts on an earlier day than a new one would: true once a day of the shop."""
    oldest = Forecast.objects.aggregate(at=Min("as_of"))["at"]
    return oldest is None or day_number(oldest) < known_until_day(as_of=as_of)


def out_of_date(*, at_most: int) -> list[int]:
    """Members who ordered lately, whose order was changed or who were merged, and whose forecast does not
    know of it yet.

    Asked every minute, so it looks at the newest days only. Older orders count from the daily refresh on.
    """
    newest = MemberFeatures.objects.aggregate(at=Max("last_order_at"))["at"]
    others = with_changed_orders(days=LATELY_DAYS, at_most=at_most)
    others += with_merges(days=LATELY_DAYS, at_most=at_most)
    if newest is None:
        return others[:at_most]
    lately = MemberFeatures.objects.filter(
        last_order_at__gte=newest - timedelta(days=LATELY_DAYS), member__in=forecast_members()
    )
    newest_orders = dict(lately.values_list("member_id", "last_order_at"))
    known = Forecast.objects.filter(member__in=lately.values("member"))
    forecast_orders = dict(known.values_list("member_id", "last_order_at"))
    changed = (
        pk for pk, at in newest_orders.items() if at and forecast_orders.get(pk) != at.replace(microsecond=0)
    )
    ordered = sorted(changed, key=lambda pk: (newest_orders[pk], pk))
    return list(dict.fromkeys([*ordered, *others]))[:at_most]


def forget(*, member_ids: Collection[int], at: datetime) -> None:
    """Delete the forecasts of these members and take them out of the segments that forecasts keep."""
    Forecast.objects.filter(member_id__in=member_ids).delete()
    for segment in Segment.objects.filter(key__in=SEGMENTS):
        set_members(
            segment=segment, member_ids=(), source=SegmentMembership.Source.MODEL, at=at, among=member_ids
        )


def refresh_segments(*, at: datetime, among: Collection[int] | None = None) -> None:
    """Let the newest forecasts decide who is in the two segments that they keep."""
    shown = Forecast.objects.shown()
    inside = {"likely-this-week": shown.likely_soon(), "slipping-away": shown.slipping_away()}
    for key, forecasts in inside.items():
        if among is not None:
            forecasts = forecasts.filter(OneOf("member_id", among))
        set_members(
            segment=_segment(key),
            member_ids=forecasts.values_list("member_id", flat=True),
            source=SegmentMembership.Source.MODEL,
            at=at,
            among=among,
        )


def _segment(key: str) -> Segment:
    name, description = SEGMENTS[key]
    segment, is_new = Segment.objects.get_or_create(
        key=key, defaults={"name": name, "description": description, "kind": Segment.Kind.MODEL}
    )
    if is_new:
        SegmentVersion.objects.create(segment=segment, number=1, rule={"model": FAMILY, "list": key})
    return segment


def _forecasts(
    model: Any, purchases: Purchases, *, day: int
) -> Iterator[tuple[MemberForecasts, PurchaseHistory]]:
    """All members, in batches. Members who have already ordered on ``day`` are forecast from the day after.

    Orders of one day are one order, so that member's silence begins tomorrow; everybody else may still
    order today.
    """
    import numpy as np

    from forecasts.ml.members.member_description import last_days

    whole = purchases.history(as_of_day=day + 1)
    ordered = whole.counts() > 0
    today = last_days(whole) >= day
    for history, chosen in ((whole, ordered & today), (whole.before(day), ordered & ~today)):
        rows = np.flatnonzero(chosen)
        for start in range(0, len(rows), MEMBERS_AT_ONCE):
            part = history.select(rows[start : start + MEMBERS_AT_ONCE])
            with one_thread_if(len(whole) < MANY_MEMBERS):
                forecast = model.forecast(part, horizons=(SOON_DAYS, *HORIZONS_DAYS))
            yield forecast, part
