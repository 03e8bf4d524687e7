"""A stored forecast for somebody to read: always a defined answer, in words where there are no figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from forecasts.models import Forecast, PlannedPromotion, ProductForecast, StockAdvice
from forecasts.services.demand import (
    FEWEST_UNITS,
    RECENT_WEEKS,
    Advice,
    Driver,
    StockPolicy,
    advise,
    drivers,
    weeks_sold,
)
from forecasts.services.promotions import promotions_of_weeks
from learning.json_types import JsonObject
from membership.members.profiling import refuses_profiling
from membership.models import Category, Member, Order, Product


class State(StrEnum):
    """Whether there are figures, and why not."""

    READY = "ready"
    NOT_ENOUGH_ORDERS = "not_enough_orders"
    REFUSED = "refused"
    CLOSED = "closed"
    WAITING = "waiting"


@dataclass(frozen=True)
class Reason:
    """Something behind a churn risk; ``raises`` says which way it points, None where it may be either."""

    code: str
    value: float
    text: str
    raises: bool | None


@dataclass(frozen=True)
class LikelyCategory:
    """``probability`` that the next order holds something of it."""

    name: str
    probability: float


@dataclass(frozen=True)
class MemberReading:
    """``forecast`` is None unless the state is READY; ``message`` then says why."""

    member: Member
    state: State
    forecast: Forecast | None = None
    reasons: tuple[Reason, ...] = ()
    categories: tuple[LikelyCategory, ...] = ()

    @property
    def message(self) -> str:
        return MESSAGES[self.state]()


MESSAGES: dict[State, Callable[[], str]] = {
    State.READY: lambda: "",
    State.NOT_ENOUGH_ORDERS: lambda: _("Not enough orders yet."),
    State.REFUSED: lambda: _("This member has refused profiling, so nothing is forecast."),
    State.CLOSED: lambda: _("The account is not active, so nothing is forecast."),
    State.WAITING: lambda: _("The next run of the forecasts will have figures."),
}


def read_forecast(*, member: Member) -> MemberReading:
    """What is stored of ``member``. At most four queries."""
    if member.status != Member.Status.ACTIVE:
        return MemberReading(member, State.CLOSED)
    forecast = Forecast.objects.filter(member=member).select_related("model_version").first()
    if refuses_profiling(member=member):
        return MemberReading(member, State.REFUSED)
    if forecast is None:
        waiting = member.orders.counted().exists()
        return MemberReading(member, State.WAITING if waiting else State.NOT_ENOUGH_ORDERS)
    return MemberReading(
        member,
        State.READY,
        forecast,
        tuple(explain(entry["code"], entry["value"]) for entry in forecast.reasons),
        _categories(forecast.categories),
    )


def _categories(stored: list[JsonObject]) -> tuple[LikelyCategory, ...]:
    """Without those that are gone."""
    paths = dict(
        Category.objects.filter(pk__in=[entry["category"] for entry in stored]).values_list("pk", "path")
    )
    return tuple(
        LikelyCategory(paths[entry["category"]], entry["probability"])
        for entry in stored
        if entry["category"] in paths
    )


def explain(code: str, value: float) -> Reason:
    """A reason in words. A code of another version of the program is told as it stands."""
    make = REASONS.get(code)
    text, raises = (code, None) if make is None else make(value)
    return Reason(code, value, text, raises)


def _silence(times: float) -> tuple[str, bool]:
    if times <= 1:
        return _("The time since the last order is no longer than usual"), False
    return _("Silent for %(times).1f times the usual gap between orders") % {"times": times}, True


def _days_silent(days: float) -> tuple[str, None]:
    text = ngettext("%(days)d day since the last order", "%(days)d days since the last order", round(days))
    return text % {"days": round(days)}, None


def _lately(orders: float) -> tuple[str, bool | None]:
    if orders < 1:
        return _("No order in the last 90 days"), True
    text = ngettext(
        "%(orders)d order in the last 90 days", "%(orders)d orders in the last 90 days", round(orders)
    )
    return text % {"orders": round(orders)}, None


def _versus_before(ratio: float) -> tuple[str, bool | None]:
    if ratio < 0.95:
        return _("Orders less often than in the three months before"), True
    if ratio > 1.05:
        return _("Orders more often than in the three months before"), False
    return _("Orders as often as in the three months before"), None


def _single(days: float) -> tuple[str, bool]:
    text = ngettext("One order only, %(days)d day ago", "One order only, %(days)d days ago", round(days))
    return text % {"days": round(days)}, True


def _order_count(orders: float) -> tuple[str, None]:
    text = ngettext("%(orders)d order so far", "%(orders)d orders so far", round(orders))
    return text % {"orders": round(orders)}, None


def _irregular(spread: float) -> tuple[str, bool | None]:
    if spread > 1:
        return _("The gaps between orders are irregular"), None
    return _("The gaps between orders are regular"), None


def _baskets(ratio: float) -> tuple[str, bool]:
    if ratio < 1:
        share = f"{ratio:.0%}"
        return _("The last three orders were %(share)s of the usual amount") % {"share": share}, True
    return _("The last three orders were no smaller than usual"), False


def _never(value: float) -> tuple[str, bool]:
    return _("No order yet"), True


REASONS = {
    "silence_versus_usual": _silence,
    "days_silent": _days_silent,
    "orders_last_90_days": _lately,
    "orders_versus_before": _versus_before,
    "single_order": _single,
    "order_count": _order_count,
    "irregular_gaps": _irregular,
    "basket_shrinking": _baskets,
    "never_bought": _never,
}
"""Every code of ``forecasts.ml.members.purchase_history.REASONS``."""


# --- products ----------------------------------------------------------------------------------------------
WEEKS_SHOWN = 26


@dataclass(frozen=True)
class DemandReading:
    """``weeks`` is empty unless the state is READY; ``message`` then says why."""

    product: Product
    state: State
    weeks: tuple[ProductForecast, ...] = ()
    sold: tuple[SoldWeek, ...] = ()
    advice: Advice | None = None
    segments: tuple[Driver, ...] = ()
    promotions: Mapping[date, tuple[PlannedPromotion, ...]] = field(default_factory=dict)
    """By the first day of each week that has some, past and ahead."""
    outdated: bool = False
    """Whether something was planned that the figures do not know yet."""

    @property
    def message(self) -> str:
        if self.state is State.NOT_ENOUGH_ORDERS:
            message = _(
                "Not enough orders yet: fewer than %(units)d units were sold in the last %(weeks)d weeks."
            )
            return message % {"units": FEWEST_UNITS, "weeks": RECENT_WEEKS}
        return MESSAGES[self.state]()

    @property
    def weeks_ahead(self) -> list[ForecastWeek]:
        return [ForecastWeek(row, self.promotions.get(row.week, ())) for row in self.weeks]

    @property
    def as_of(self) -> datetime | None:
        return self.weeks[0].as_of if self.weeks else None

    @property
    def model_version(self) -> object:
        return self.weeks[0].model_version if self.weeks else None


@dataclass(frozen=True)
class SoldWeek:
    week: date
    units: int


@dataclass(frozen=True)
class ForecastWeek:
    """One week ahead and the promotions that touch it."""

    forecast: ProductForecast
    promotions: tuple[PlannedPromotion, ...]


def read_demand(*, product: Product, policy: StockPolicy) -> DemandReading:
    """What is stored of ``product``, and stock advice under ``policy``."""
    weeks = tuple(
        ProductForecast.objects.filter(product=product).select_related("model_version").order_by("week")
    )
    if not weeks:
        since = timezone.now() - timedelta(weeks=RECENT_WEEKS)
        lines = product.order_items.filter(placed_at__gte=since, order__status__in=Order.COUNTED)
        sold = lines.aggregate(units=Sum("units"))["units"] or 0
        waiting = product.is_active and sold >= FEWEST_UNITS
        return DemandReading(product, State.WAITING if waiting else State.NOT_ENOUGH_ORDERS)
    until = weeks[0].week
    sold = tuple(SoldWeek(*row) for row in weeks_sold(product=product, until=until, weeks=WEEKS_SHOWN))
    days = [row.week for row in (*sold, *weeks)]
    return DemandReading(
        product,
        State.READY,
        weeks,
        sold,
        advise(product=product, policy=policy, weeks=weeks),
        tuple(drivers(product=product, until=until)),
        promotions_of_weeks(product=product, weeks=days),
        StockAdvice.objects.filter(product=product, outdated_at__isnull=False).exists(),
    )
