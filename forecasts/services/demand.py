"""Forecasts of products: units by week, when to reorder, and who buys."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from forecasts.features import day_number, day_of, known_until_day, load_sales, with_promotions
from forecasts.models import ProductForecast, StockAdvice
from forecasts.services.member_rows import NotFinite
from forecasts.services.member_scoring import SEGMENTS
from learning.estimator import Progress, silent
from learning.rounding import rounded, rounded_list
from learning.threads import one_thread_if
from membership.errors import rejected
from membership.models import Member, Order, OrderItem, Product, Segment, SegmentMembership
from membership.models.catalogue.products import MAX_LEAD_TIME_DAYS
from membership.models.shop import shop_zone
from registry.models import TrainingRun
from registry.services import LoadedModel, load_live
from registry.tables.bulk import upsert_rows
from registry.tables.one_of import OneOf

if TYPE_CHECKING:
    from forecasts.ml.demand.sales_history import ProductForecasts, SalesHistory

FAMILY = "demand"
RECENT_WEEKS, FEWEST_UNITS = 26, 2
"""A product that sold fewer units in so many weeks is not forecast: there is nothing to go by."""
PRODUCTS_AT_ONCE = 5_000
MANY_PRODUCTS = 100_000
WEEK_COLUMNS = (
    "product_id", "week", "mean", "q10", "q25", "q50", "q75", "q90", "model_version_id", "as_of", "scored_at",
)  # fmt: skip
ADVICE_COLUMNS = (
    "product_id", "lead_time_days", "service_level", "weekly_units", "reorder_point", "order_up_to",
    "model_version_id", "as_of", "scored_at",
)  # fmt: skip
MIN_SERVICE_LEVEL, MAX_SERVICE_LEVEL = 0.5, 0.999
DRIVER_DAYS = 90
Hold = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class StockPolicy:
    """How often the stock should last until a delivery, and how long that takes."""

    service_level: float
    lead_time_days: int

    @classmethod
    def of(
        cls, product: Product, *, service_level: float | None = None, lead_time_days: int | None = None
    ) -> StockPolicy:
        """What was asked for, else the product's own, else the shop's. Raises Rejected outside the ranges."""
        level = service_level if service_level is not None else product.service_level
        days = lead_time_days if lead_time_days is not None else product.lead_time_days
        level = settings.STOCK_SERVICE_LEVEL if level is None else level
        days = settings.STOCK_LEAD_TIME_DAYS if days is None else days
        if not MIN_SERVICE_LEVEL <= level <= MAX_SERVICE_LEVEL:  # NaN is not, either
            message = _("A service level lies between %(low)s and %(high)s; an example is 0.95.")
            raise rejected("service_level", message % {"low": MIN_SERVICE_LEVEL, "high": MAX_SERVICE_LEVEL})
        if not 1 <= days <= MAX_LEAD_TIME_DAYS:
            raise rejected("lead_time_days", _("A lead time is 1 to %d days.") % MAX_LEAD_TIME_DAYS)
        return cls(level, days)


@dataclass(frozen=True)
class Advice:
    """When to order one product again and how many now; ``order_now`` is None where stock is not counted."""

    policy: StockPolicy
    lead_time_units: float
    reorder_point: int
    order_up_to: int
    order_now: int | None


@dataclass(frozen=True)
class Driver:
    """A segment that buys a product: its share of the recent units, and of all members."""

    segment: Segment
    units: int
    share: float
    member_share: float


def write_back(run: TrainingRun, progress: Progress) -> None:
    """Forecast every product with the live model, inside the run's lease, from the sales that it has read."""
    as_of, read = run.for_write_back or (timezone.now(), None)
    score_products(loaded=load_live(FAMILY), as_of=as_of, hold=run.holding, progress=progress, read=read)


def score_products(
    *,
    loaded: LoadedModel,
    as_of: datetime,
    hold: Hold = transaction.atomic,
    progress: Progress = silent,
    product_ids: Collection[int] | None = None,
    read: SalesHistory | None = None,
) -> int:
    """Renew the weeks ahead and the stock advice of products on sale (all, or those told); their number.

    Old rows stay until the new ones are written; weeks that have passed, and products that are no longer
    sold, are then deleted. ``read``: ``known_sales`` of that moment. Safe to repeat. Raises NotFinite.
    """
    progress(0.0, _("reading sales"))
    sales = read or known_sales(as_of=as_of)
    progress(0.2, _("forecasting products"))
    with one_thread_if(len(sales) < MANY_PRODUCTS):
        forecast: ProductForecasts = loaded.estimator.forecast(sales)
    _check(forecast)
    policies = Product.objects.filter(is_active=True).only("service_level", "lead_time_days")
    on_sale = {product.pk: product for product in policies}
    wanted = on_sale if product_ids is None else on_sale.keys() & set(product_ids)
    places = [row for row, pk in enumerate(forecast.products.ids.tolist()) if pk in wanted]
    stamp = (loaded.version.pk, as_of)
    for start in range(0, len(places), PRODUCTS_AT_ONCE):
        progress(0.4 + 0.6 * start / len(places), _("writing products"))
        part = places[start : start + PRODUCTS_AT_ONCE]
        with hold():
            upsert_rows(
                model=ProductForecast, columns=WEEK_COLUMNS, rows=_weeks(forecast, part, stamp),
                conflict=("product_id", "week"), update=WEEK_COLUMNS[2:],
            )  # fmt: skip
            upsert_rows(
                model=StockAdvice, columns=ADVICE_COLUMNS, rows=_advice(forecast, part, on_sale, stamp),
                conflict=("product_id",), update=ADVICE_COLUMNS[1:],
            )  # fmt: skip
    forecasts, advice = ProductForecast.objects.all(), StockAdvice.objects.all()
    if product_ids is not None:
        among = OneOf("product_id", product_ids)
        forecasts, advice = forecasts.filter(among), advice.filter(among)
    with hold():
        forecasts.filter(scored_at__lt=as_of).delete()
        advice.filter(scored_at__lt=as_of).delete()
        # what was planned since then is not known to these rows
        advice.filter(outdated_at__lte=as_of).update(outdated_at=None)
    return len(places)


def known_sales(*, as_of: datetime) -> SalesHistory:
    """Sales of recently sold products with their promotions: what models learn and forecast from."""
    from forecasts.ml.demand.sales_history import WEEKS_AHEAD

    return with_promotions(recent(load_sales(as_of=as_of)), weeks_ahead=WEEKS_AHEAD)


def out_of_date(*, at_most: int) -> list[int]:
    """Products for which something was planned, changed or cancelled since their forecast, oldest first."""
    marked = StockAdvice.objects.filter(outdated_at__isnull=False).order_by("outdated_at", "product_id")
    return list(marked.values_list("product_id", flat=True)[:at_most])


def refresh_due(*, as_of: datetime) -> bool:
    """Whether the weeks ahead begin earlier than they now could: true once a day of the shop."""
    oldest = StockAdvice.objects.aggregate(at=Min("as_of"))["at"]
    return oldest is None or day_number(oldest) < known_until_day(as_of=as_of)


def recent(sales: SalesHistory) -> SalesHistory:
    """The products that were sold more than once in the newest weeks."""
    import numpy as np

    return sales.select(np.flatnonzero(sales.units[:, -RECENT_WEEKS:].sum(axis=1) >= FEWEST_UNITS))


def advise(*, product: Product, policy: StockPolicy, weeks: Sequence[ProductForecast]) -> Advice | None:
    """Stock advice for a given policy; None without a forecast."""
    import numpy as np

    from forecasts.ml.demand.stock import reorder

    if not weeks:
        return None
    quantiles = np.array([[(row.q10, row.q25, row.q50, row.q75, row.q90) for row in weeks]], dtype=np.float32)
    advice = reorder(
        quantiles,
        lead_time_weeks=policy.lead_time_days / 7,
        service_level=policy.service_level,
        on_hand=0,
        means=np.array([[row.mean for row in weeks]], dtype=np.float32),
    )
    point, up_to = math.ceil(advice.reorder_points[0]), math.ceil(advice.order_units[0])
    now = None
    if product.stock is not None:
        now = max(up_to - product.stock, 0) if product.stock <= point else 0
    return Advice(policy, float(advice.expected_demand[0]), point, max(up_to, point), now)


def weeks_sold(*, product: Product, until: date, weeks: int) -> list[tuple[date, int]]:
    """Units of each of the ``weeks`` weeks of seven days before the day ``until``, oldest first."""
    zone = shop_zone()
    first = until - timedelta(days=7 * weeks)
    since, end = (datetime.combine(day, time.min, tzinfo=zone) for day in (first, until))
    units: dict[int, int] = defaultdict(int)
    rows = _counted_lines(product).filter(placed_at__gte=since, placed_at__lt=end)
    for placed_at, count in rows.values_list("placed_at", "units"):
        units[(placed_at.astimezone(zone).date() - first).days // 7] += count or 0
    return [(first + timedelta(days=7 * number), units[number]) for number in range(weeks)]


def drivers(*, product: Product, until: date, limit: int = 5) -> list[Driver]:
    """The segments whose members bought most of the product in the 90 days before ``until``.

    Segments overlap, so shares may add up to more than one.
    """
    zone = shop_zone()
    end = datetime.combine(until, time.min, tzinfo=zone)
    bought = _counted_lines(product).filter(
        placed_at__gte=end - timedelta(days=DRIVER_DAYS), placed_at__lt=end
    )
    by_member = dict(bought.order_by().values_list("member_id").annotate(units=Sum("units")))
    total = sum(by_member.values())
    if not total:
        return []
    stays = SegmentMembership.objects.current().filter(member_id__in=bought.order_by().values("member_id"))
    stays = stays.exclude(segment__key__in=SEGMENTS)  # made from forecasts themselves: they explain nothing
    units: dict[int, int] = defaultdict(int)
    for segment_id, member_id in stays.values_list("segment_id", "member_id"):
        units[segment_id] += by_member.get(member_id, 0)
    best = sorted(units, key=lambda pk: (-units[pk], pk))[:limit]
    segments = Segment.objects.in_bulk(best)
    members = Member.objects.active().count() or 1
    return [
        Driver(segments[pk], units[pk], units[pk] / total, segments[pk].member_count / members)
        for pk in best
        if pk in segments
    ]


def _counted_lines(product: Product) -> Any:
    return OrderItem.objects.filter(product=product, units__isnull=False, order__status__in=Order.COUNTED)


# --- from arrays to rows -----------------------------------------------------------------------------------
def _check(forecast: ProductForecasts) -> None:
    import numpy as np

    for name in ("quantiles", "means"):
        if not np.isfinite(getattr(forecast, name)).all():
            raise NotFinite(f"the model answered {name} that are not finite; the stored rows stay")


def _weeks(
    forecast: ProductForecasts, places: list[int], stamp: tuple[int, datetime]
) -> Iterator[tuple[Any, ...]]:
    import numpy as np

    quantiles = rounded_list(np.maximum(np.maximum.accumulate(forecast.quantiles[places], axis=2), 0.0))
    means = rounded_list(np.maximum(forecast.means[places], 0.0))
    days = [day_of(forecast.first_day + 7 * week) for week in range(forecast.n_weeks)]
    since = _midnight(days[0])
    for product, spread, mean in zip(forecast.products.ids[places].tolist(), quantiles, means, strict=True):
        for week, day in enumerate(days):
            yield (product, day, mean[week], *spread[week], stamp[0], since, stamp[1])


def _advice(
    forecast: ProductForecasts, places: list[int], on_sale: dict[int, Product], stamp: tuple[int, datetime]
) -> Iterator[tuple[Any, ...]]:
    """Products with the same policy are computed together."""
    import numpy as np

    from forecasts.ml.demand.stock import reorder

    groups: dict[StockPolicy, list[int]] = defaultdict(list)
    for place in places:
        groups[StockPolicy.of(on_sale[int(forecast.products.ids[place])])].append(place)
    since = _midnight(day_of(forecast.first_day))
    for policy, rows in groups.items():
        # a stock level is rounded up to whole units: what lies between two of them must not be noise
        means = rounded(forecast.means[rows])
        advice = reorder(
            rounded(forecast.quantiles[rows]),
            lead_time_weeks=policy.lead_time_days / 7,
            service_level=policy.service_level,
            on_hand=0,
            means=means,
        )
        points = np.ceil(advice.reorder_points).astype(np.int64).tolist()
        up_to = np.ceil(advice.order_units).astype(np.int64).tolist()
        weekly = rounded_list(np.maximum(means.mean(axis=1), 0.0))
        for row, point, most, mean in zip(rows, points, up_to, weekly, strict=True):
            yield (
                int(forecast.products.ids[row]), policy.lead_time_days, policy.service_level, mean, point,
                max(most, point), stamp[0], since, stamp[1],
            )  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=shop_zone())
