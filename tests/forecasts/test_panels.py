"""The forecast on a member's page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.panels import LINE_WIDTH, context, interval_text, sentence, time_line
from forecasts.services.reading import State
from tests.factories import NOON, ForecastFactory, MemberFactory, ModelVersionFactory

TODAY = NOON.date()


def built(**changes: object):
    version = ModelVersionFactory.build(family="forecasts")
    return ForecastFactory.build(member=MemberFactory.build(), model_version=version, **changes)


@pytest.mark.parametrize(
    ("early", "late", "text"),
    [
        (None, None, "not expected any more"),
        (date(2026, 3, 5), None, "2026-03-05 or later, if ever"),
        (date(2026, 3, 5), date(2026, 3, 5), "2026-03-05"),
        (date(2026, 3, 5), date(2026, 3, 9), "2026-03-05 to 2026-03-09"),
    ],
)
def test_an_interval_in_words(early, late, text) -> None:
    forecast = built(next_order_q10=early, next_order_q90=late)

    assert interval_text(forecast) == text


days = st.none() | st.integers(0, 400)


@given(days, days, days, st.integers(0, 900))
def test_every_place_lies_on_the_line(early, likely, late, silent) -> None:
    known = [None if number is None else TODAY + timedelta(days=number) for number in (early, likely, late)]
    forecast = built(
        next_order_q10=known[0], next_order_q50=known[1], next_order_q90=known[2],
        last_order_at=NOON - timedelta(days=silent),
    )  # fmt: skip

    line = time_line(forecast, today=TODAY)

    places = [line.last, line.today, line.band_start, *([] if line.likely is None else [line.likely])]
    assert all(0 <= place <= LINE_WIDTH for place in places)
    assert line.last <= line.today
    assert line.band_width >= 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "should order again around 2026-03-07"),
        ({"churn_risk": 0.6, "orders_known": 9}, "is slipping away"),
        ({"churn_risk": 0.99}, ""),
        ({"next_order_q50": None}, ""),
        ({"member__status": "erased"}, ""),
    ],
)
def test_the_clause_of_the_members_sentence(changes, text) -> None:
    assert sentence(ForecastFactory(**changes).member) == text


@pytest.mark.django_db
def test_without_a_forecast_the_panel_says_why_and_has_no_figures() -> None:
    panel: Any = context(MemberFactory())

    assert list(panel) == ["reading"]
    assert panel["reading"].state is State.NOT_ENOUGH_ORDERS
    assert sentence(MemberFactory()) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(("risk", "colour"), [(0.5, "rg-red"), (0.3, "rg-amber"), (0.1, "rg-green")])
def test_three_horizons_are_expected_and_the_risk_has_a_colour(risk, colour) -> None:
    panel: Any = context(ForecastFactory(churn_risk=risk).member)

    first = panel["expectations"][0]
    assert [row.days for row in panel["expectations"]] == [30, 90, 365]
    assert [row.chance for row in panel["expectations"]] == [0.9, 0.96, 0.97]
    assert (first.orders, first.orders_range, first.spend, first.spend_range) == (
        "4.1",
        "2–6",
        "$41",
        "$20–$63",
    )
    assert panel["risk_colour"] == colour
