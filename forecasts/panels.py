"""The forecast on a member's page: the next order on a time line, what is expected, and the churn risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forecasts.models import Forecast
from forecasts.models.forecasts import CHURN_DAYS, HORIZONS_DAYS, SOON_DAYS
from forecasts.services.reading import read_forecast
from membership.models import Member
from membership.panels import Panel
from membership.wording import money_text

LINE_WIDTH = 1000
HIGH_RISK, MIDDLING_RISK = 0.5, 0.25


@dataclass(frozen=True)
class TimeLine:
    """Places on a line of LINE_WIDTH from the last order on; ``likely`` is None beyond its end."""

    last: int
    today: int
    band_start: int
    band_width: int
    likely: int | None


@dataclass(frozen=True)
class Expectation:
    """One row of the table: what is expected within ``days``, and the 80-percent ranges."""

    days: int
    chance: float | None
    orders: str
    orders_range: str
    units: str
    spend: str
    spend_range: str


def context(member: Member) -> Mapping[str, object]:
    reading = read_forecast(member=member)
    if reading.forecast is None:
        return {"reading": reading}
    forecast = reading.forecast
    return {
        "reading": reading,
        "forecast": forecast,
        "line": time_line(forecast, today=timezone.localdate()),
        "today": timezone.localdate(),
        "interval": interval_text(forecast),
        "expectations": [_expectation(forecast, days) for days in HORIZONS_DAYS],
        "risk_colour": _risk_colour(forecast.churn_risk),
        "churn_days": CHURN_DAYS,
        "soon_days": SOON_DAYS,
    }


def sentence(member: Member) -> str:
    """A clause about the next order, where there is one to expect."""
    forecast = Forecast.objects.shown().filter(member=member).first()
    if forecast is None:
        return ""
    if forecast.is_slipping_away:
        return _("is slipping away")
    if forecast.next_order_q50 is None or forecast.churn_risk >= HIGH_RISK:
        return ""
    return _("should order again around %(day)s") % {"day": _day(forecast.next_order_q50)}


def interval_text(forecast: Forecast) -> str:
    """When the next order comes with a probability of 80 %."""
    early, late = forecast.next_order_q10, forecast.next_order_q90
    if early is None:
        return _("not expected any more")
    if late is None:
        return _("%(early)s or later, if ever") % {"early": _day(early)}
    if early == late:
        return _day(early)
    return _("%(early)s to %(late)s") % {"early": _day(early), "late": _day(late)}


def time_line(forecast: Forecast, *, today: date) -> TimeLine:
    """From the last order to the late end of the interval, with a little room behind."""
    first = timezone.localdate(forecast.last_order_at)
    early, likely = forecast.next_order_q10, forecast.next_order_q50
    known = [day for day in (today, early, likely, forecast.next_order_q90) if day is not None]
    span = max((max(known) - first).days, 1) * 1.06

    def place(day: date) -> int:
        return max(0, min(LINE_WIDTH, round((day - first).days / span * LINE_WIDTH)))

    start = place(early) if early is not None else LINE_WIDTH
    # the late day itself belongs to the interval; one that is not known lies beyond the line
    end = place(forecast.next_order_q90 + timedelta(days=1)) if forecast.next_order_q90 else LINE_WIDTH
    return TimeLine(
        last=place(first),
        today=place(today),
        band_start=start,
        band_width=max(end - start, 6 if early is not None else 0),
        likely=place(likely) if likely is not None else None,
    )


def _expectation(forecast: Forecast, days: int) -> Expectation:
    intervals = forecast.ranges.get(str(days), {})
    orders, spend = intervals.get("orders"), intervals.get("spend")
    return Expectation(
        days=days,
        chance=forecast.order_chance(days),
        orders=f"{getattr(forecast, f'expected_orders_{days}d'):.1f}",
        orders_range=f"{orders[0]:.0f}–{orders[1]:.0f}" if orders else "",
        units=f"{getattr(forecast, f'expected_units_{days}d'):,.0f}",
        spend=money_text(getattr(forecast, f"expected_spend_{days}d"), forecast.currency, whole=True),
        spend_range="–".join(_whole(amount, forecast.currency) for amount in spend) if spend else "",
    )


def _whole(amount: float, currency: str) -> str:
    return money_text(Decimal(round(amount)), currency, whole=True)


def _risk_colour(risk: float) -> str:
    if risk >= HIGH_RISK:
        return "rg-red"
    return "rg-amber" if risk >= MIDDLING_RISK else "rg-green"


def _day(day: date) -> str:
    return str(date_format(day, "DATE_FORMAT"))


forecast_panel = Panel(
    key="forecast",
    title=gettext_lazy("What to expect"),
    template="forecasts/panels/forecast.html",
    context=context,
    permission="forecasts.view_forecast",
    order=5,
    sentence=sentence,
)
