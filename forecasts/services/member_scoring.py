"""Forecasts of members: written back for everybody once a day, and for a member after an order."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from forecasts.features import day_number, day_of, forecast_members, known_until_day, load_purchases
from forecasts.models import Forecast
from forecasts.models.forecasts import CHURN_DAYS, HORIZONS_DAYS, SOON_DAYS
from learning.estimator import Progress, silent
from learning.rounding import rounded_list
from learning.threads import one_thread_if
from membership.models import MemberFeatures, Segment, SegmentMembership, SegmentVersion
from membership.models.shop import shop_zone, the_shop
from membership.segments.stays import set_members
from registry.bulk import upsert_rows
from registry.models import TrainingRun
from registry.one_of import OneOf
from registry.services import LoadedModel, load_live

if TYPE_CHECKING:
    from forecasts.features import Purchases
    from forecasts.ml.members.purchase_history import MemberForecasts, PurchaseHistory

FAMILY = "forecasts"
MEMBERS_AT_ONCE = 20_000
LATELY_DAYS = 2
MANY_MEMBERS = 20_000
FIGURES = ("orders", "units", "spend")
COLUMNS = (
    "member_id", "as_of", "scored_at", "model_version_id", "currency", "last_order_at", "orders_known",
    "p_active", "churn_risk", "order_chance_7d",
    *(f"expected_{figure}_{days}d" for figure in FIGURES for days in HORIZONS_DAYS),
    "basket_units", "lifetime_value", "next_order_q10", "next_order_q50", "next_order_q90", "ranges",
    "categories", "reasons",
)  # fmt: skip
Row = tuple[Any, ...]
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


class NotFinite(ValueError):
    """A model answered with NaN or infinity; nothing is written."""


def write_back(run: TrainingRun, progress: Progress) -> None:
    """Forecast every member with the live model, inside the lease of ``run``."""
    score_members(loaded=load_live(FAMILY), as_of=timezone.now(), hold=run.holding, progress=progress)


def score_members(
    *,
    loaded: LoadedModel,
    as_of: datetime,
    hold: Hold = transaction.atomic,
    progress: Progress = silent,
    member_ids: Collection[int] | None = None,
) -> int:
    """Renew the forecasts of ``member_ids`` (all, unless told) from what is known at ``as_of``; rows written.

    Nothing is trained: the live model forecasts again with the days since the last order as of today. An old
    row stays until the new one is written; afterwards the rows of members who have no orders any more, or
    may not be profiled, are deleted. Safe to repeat. Raises NotFinite.
    """
    progress(0.0, _("reading orders"))
    purchases = load_purchases(as_of=as_of, member_ids=member_ids)
    day = known_until_day(as_of=as_of)
    newest = purchases.newest()
    written = 0
    for forecast, history in _forecasts(loaded.estimator, purchases, day=day):
        progress(0.2 + 0.7 * written / len(newest), _("forecasting members"))
        rows = _rows(forecast, history, newest, stamp=(as_of, loaded.version.pk))
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
    """Members who have ordered lately, and whose forecast does not know of it yet.

    Asked every minute, so it looks at the shop's newest days only: an index finds them. Older orders that
    arrive late, and orders that are cancelled, count from the daily refresh on.
    """
    newest = MemberFeatures.objects.aggregate(at=Max("last_order_at"))["at"]
    if newest is None:
        return []
    lately = MemberFeatures.objects.filter(
        last_order_at__gte=newest - timedelta(days=LATELY_DAYS), member__in=forecast_members()
    )
    newest_orders = dict(lately.values_list("member_id", "last_order_at"))
    known = Forecast.objects.filter(member__in=lately.values("member"))
    forecast_orders = dict(known.values_list("member_id", "last_order_at"))
    changed = (
        pk for pk, at in newest_orders.items() if at and forecast_orders.get(pk) != at.replace(microsecond=0)
    )
    return sorted(changed, key=lambda pk: (newest_orders[pk], pk))[:at_most]


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


# --- from arrays to rows -----------------------------------------------------------------------------------
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


@dataclass(frozen=True, eq=False)
class _Columns:
    """A forecast as plain lists, checked and rounded."""

    lists: dict[str, list[Any]]

    @classmethod
    def of(cls, forecast: MemberForecasts) -> _Columns:
        import numpy as np

        names = (
            "expected_orders", "expected_units", "expected_spend", "basket_size", "p_inactive", "p_alive",
            "next_order_days", "orders_low", "orders_high", "spend_low", "spend_high", "top_category_shares",
            "reason_values",
        )  # fmt: skip
        lists = {}
        for name in names:
            values = getattr(forecast, name)
            if not np.isfinite(values).all():
                raise NotFinite(f"the model answered {name} that are not finite; the stored rows stay")
            lists[name] = rounded_list(values)
        lists["top_categories"] = forecast.top_categories.tolist()
        lists["reasons"] = forecast.reasons.tolist()
        return cls(lists)


def _rows(
    forecast: MemberForecasts,
    history: PurchaseHistory,
    newest: dict[int, datetime],
    *,
    stamp: tuple[datetime, int],
) -> Iterator[Row]:
    import numpy as np

    columns_of = _Columns.of(forecast).lists
    zone = shop_zone()
    since = datetime.combine(day_of(forecast.as_of_day), time.min, tzinfo=zone)
    spent = np.bincount(history.member_rows, weights=history.amounts, minlength=len(history)).tolist()
    orders = history.counts().tolist()
    soon, churn = forecast.horizon(SOON_DAYS), forecast.horizon(CHURN_DAYS)
    year = forecast.horizon(HORIZONS_DAYS[-1])
    columns = [forecast.horizon(days) for days in HORIZONS_DAYS]
    categories = [*forecast.categories.ids.tolist(), None]
    for row, member_id in enumerate(forecast.members.ids.tolist()):
        inactive, spend = columns_of["p_inactive"][row], columns_of["expected_spend"][row]
        yield (
            member_id, since, *stamp, the_shop().currency, newest[member_id], orders[row],
            _share(columns_of["p_alive"][row]), _share(inactive[churn]), _share(1.0 - inactive[soon]),
            *(max(columns_of["expected_orders"][row][column], 0.0) for column in columns),
            *(max(columns_of["expected_units"][row][column], 0.0) for column in columns),
            *(_amount(spend[column]) for column in columns),
            max(columns_of["basket_size"][row], 0.0), _amount(spent[row] + spend[year]),
            *_days(forecast.as_of_day, columns_of["next_order_days"][row]),
            json.dumps(_ranges(columns_of, row, columns)),
            json.dumps(_categories(columns_of, row, categories)),
            json.dumps(_reasons(columns_of, row)),
        )  # fmt: skip


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _amount(value: float) -> Decimal:
    return Decimal(f"{max(value, 0.0):.2f}")


def _days(as_of_day: int, waits: list[float]) -> Iterator[Any]:
    """The days of the quantiles, in order; None for one at the end of what the model looks at."""
    from forecasts.ml.members.purchase_history import LATEST_DAY

    latest = 0.0
    for wait in waits:
        latest = max(latest, wait)
        yield None if latest >= LATEST_DAY else day_of(as_of_day + int(latest))


def _ranges(columns_of: dict[str, list[Any]], row: int, columns: list[int]) -> dict[str, Any]:
    return {
        str(days): {
            figure: [round(columns_of[f"{figure}_{end}"][row][column], 2) for end in ("low", "high")]
            for figure in ("orders", "spend")
        }
        for days, column in zip(HORIZONS_DAYS, columns, strict=True)
    }


def _categories(columns_of: dict[str, list[Any]], row: int, ids: list[int | None]) -> list[dict[str, Any]]:
    pairs = zip(columns_of["top_categories"][row], columns_of["top_category_shares"][row], strict=True)
    return [
        {"category": ids[place], "probability": round(_share(share), 4)}
        for place, share in pairs
        if place >= 0
    ]


def _reasons(columns_of: dict[str, list[Any]], row: int) -> list[dict[str, Any]]:
    from forecasts.ml.members.purchase_history import REASONS

    pairs = zip(columns_of["reasons"][row], columns_of["reason_values"][row], strict=True)
    return [{"code": REASONS[place], "value": round(value, 3)} for place, value in pairs if place >= 0]
