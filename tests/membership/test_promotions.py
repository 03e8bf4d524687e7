"""Promotions of products: planned by staff, imported, and known to the next forecast."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from membership.models import PlannedPromotion, StockAdvice
from membership.services.errors import Conflict, Rejected
from membership.services.promotions import (
    cancel_promotion,
    change_promotion,
    plan_promotion,
    promotions_of_weeks,
)
from tests.factories import ProductFactory, StockAdviceFactory
from tests.membership.import_files import import_rows, rejected_rows, write_csv

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


# --- planning ----------------------------------------------------------------------------------------------
def test_planning_changing_and_cancelling_mark_the_products_forecast(advice: Any) -> None:
    other = StockAdviceFactory()
    promotion = plan_promotion(product=advice.product, draft=WEEK)
    assert is_outdated(advice) and not is_outdated(other)

    settled(advice)
    change_promotion(promotion=promotion, changes={"share": 0.8})
    assert is_outdated(advice)
    assert PlannedPromotion.objects.get().share == 0.8

    settled(advice)
    cancel_promotion(promotion=promotion)
    assert is_outdated(advice) and not PlannedPromotion.objects.exists()


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
    assert not PlannedPromotion.objects.exists() and not is_outdated(advice)


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

    found = promotions_of_weeks(product=advice.product, weeks=weeks)
    assert found == {weeks[1]: (short, long), weeks[2]: (long,)}


# --- importing ---------------------------------------------------------------------------------------------
ROW = {"sku": "P1", "kind": "Flyer", "starts_on": "2026-03-09", "ends_on": "", "share": "40%", "note": ""}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_a_file_of_promotions_is_taken_once(file: Path) -> None:
    advice = StockAdviceFactory(product=ProductFactory(sku="P1"))
    rows = [ROW, {**ROW, "kind": "display", "ends_on": "2026-03-10", "share": ""}]
    report = import_rows("promotions", file, rows)

    assert (report.created, report.rejected) == (2, 0)
    found = PlannedPromotion.objects.order_by("kind").values_list("kind", "starts_on", "ends_on", "share")
    assert list(found) == [
        ("display", MONDAY, date(2026, 3, 10), 1.0),
        ("mailer", MONDAY, date(2026, 3, 15), 0.4),
    ]
    assert is_outdated(advice)

    settled(advice)
    assert import_rows("promotions", file, rows).duplicate == 2
    assert not is_outdated(advice)


def test_a_promotion_that_is_known_is_changed_and_keeps_what_the_file_leaves_out(file: Path) -> None:
    ProductFactory(sku="P1")
    import_rows("promotions", file, [{**ROW, "note": "spring"}])
    report = import_rows("promotions", file, [{**ROW, "ends_on": "2026-03-20", "share": ""}])

    assert (report.created, report.updated) == (0, 1)
    row = PlannedPromotion.objects.get()
    assert (row.ends_on, row.share, row.note) == (date(2026, 3, 20), 0.4, "spring")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sku": "?"}, "unknown_sku"),
        ({"sku": ""}, "missing"),
        ({"kind": "fireworks"}, "not_a_choice"),
        ({"starts_on": "someday"}, "not_a_time"),
        ({"starts_on": "2199-01-01"}, "too_far_ahead"),
        ({"ends_on": "2026-03-08"}, "ends_before_start"),
        ({"ends_on": "2027-04-08"}, "too_many_days"),
        ({"share": "140%"}, "not_a_share"),
        ({"share": "0"}, "not_a_share"),
        ({"share": "half"}, "not_a_number"),
    ],
)
def test_a_row_that_cannot_be_is_rejected_with_the_reason(file: Path, change: Any, reason: str) -> None:
    ProductFactory(sku="P1")
    report = import_rows("promotions", file, [{**ROW, **change}, ROW])
    assert report.rejected_by_reason == {reason: 1}
    assert len(rejected_rows(report)) == 1
    assert PlannedPromotion.objects.count() == 1


def test_a_dry_run_keeps_nothing(file: Path) -> None:
    from membership.importing import run_import

    advice = StockAdviceFactory(product=ProductFactory(sku="P1"))
    write_csv(file, [ROW])
    report = run_import(kind="promotions", path=file, dry_run=True)
    assert report.created == 1
    assert not PlannedPromotion.objects.exists() and not is_outdated(advice)
    assert timezone.now() >= report.queued_at
