"""Promotions of products: planned by staff, imported, and known to the next forecast."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from forecasts.models import PlannedPromotion, StockAdvice
from forecasts.services.promotions import (
    cancel_promotion,
    change_promotion,
    plan_promotion,
    promotions_of_weeks,
)
from membership.errors import Conflict, Rejected
from tests.factories import ProductFactory, StockAdviceFactory

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 9)
WEEK = {"kind": "mailer", "starts_on": MONDAY, "ends_on": MONDAY + timedelta(days=6), "share": 0.5}


@pytest.fixture
def advice() -> Any:
    """Stock advice of one product, up to date."""
    return StockAdviceFactory()


def is_outdated(advice: Any) -> bool:
    advice.refresh_from_db()
    return advice.outdated_at is not None


def settled(advice: Any) -> None:
    StockAdvice.objects.update(outdated_at=None)


def test_planning_changing_and_cancelling_mark_the_products_forecast(advice: Any) -> None:
    other = StockAdviceFactory()
    promotion = plan_promotion(product=advice.product, draft=WEEK)
    assert is_outdated(advice)
    assert not is_outdated(other)

    settled(advice)
    change_promotion(promotion=promotion, changes={"share": 0.8})
    assert is_outdated(advice)
    assert PlannedPromotion.objects.get().share == 0.8

    settled(advice)
    cancel_promotion(promotion=promotion)
    assert is_outdated(advice)
    assert not PlannedPromotion.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "fireworks"}, "kind"),
        ({"share": 0.0}, "share"),
        ({"share": 1.5}, "share"),
        ({"share": float("nan")}, "share"),
        ({"ends_on": MONDAY - timedelta(days=1)}, "ends_on"),
        ({"ends_on": MONDAY + timedelta(days=400)}, "ends_on"),
        ({"note": "x" * 201}, "note"),
    ],
)
def test_what_cannot_be_is_refused_in_words(advice: Any, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refusal:
        plan_promotion(product=advice.product, draft={**WEEK, **change})
    assert [error.field for error in refusal.value.errors] == [field]
    assert not PlannedPromotion.objects.exists()
    assert not is_outdated(advice)


def test_two_of_a_kind_do_not_begin_on_one_day(advice: Any) -> None:
    plan_promotion(product=advice.product, draft=WEEK)
    with pytest.raises(Conflict):
        plan_promotion(product=advice.product, draft={**WEEK, "share": 0.9})
    plan_promotion(product=advice.product, draft={**WEEK, "kind": "display"})
    assert PlannedPromotion.objects.count() == 2


def test_a_week_knows_the_promotions_that_touch_it(advice: Any) -> None:
    weeks = [MONDAY + timedelta(days=7 * n) for n in range(-1, 3)]
    long = plan_promotion(
        product=advice.product, draft={**WEEK, "kind": "price", "ends_on": MONDAY + timedelta(days=7)}
    )
    short = plan_promotion(product=advice.product, draft=WEEK)
    plan_promotion(product=ProductFactory(), draft=WEEK)

    by_week = promotions_of_weeks(product=advice.product, weeks=weeks)
    assert by_week == {weeks[1]: (short, long), weeks[2]: (long,)}
