"""Promotions from a file."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from forecasts.models import PlannedPromotion, StockAdvice
from tests.factories import ProductFactory, StockAdviceFactory
from tests.importing.import_files import import_rows, rejected_rows, write_csv

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


ROW = {"sku": "P1", "kind": "Flyer", "starts_on": "2026-03-09", "ends_on": "", "share": "40%", "note": ""}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_a_file_of_promotions_is_taken_once(file: Path) -> None:
    advice = StockAdviceFactory(product=ProductFactory(sku="P1"))
    rows = [ROW, {**ROW, "kind": "display", "ends_on": "2026-03-10", "share": ""}]
    report = import_rows("promotions", file, rows)

    assert (report.created, report.rejected) == (2, 0)
    promotions = PlannedPromotion.objects.order_by("kind").values_list(
        "kind", "starts_on", "ends_on", "share"
    )
    assert list(promotions) == [
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
def test_an_invalid_row_is_rejected_with_the_reason(file: Path, change: Any, reason: str) -> None:
    ProductFactory(sku="P1")
    report = import_rows("promotions", file, [{**ROW, **change}, ROW])
    assert report.rejected_by_reason == {reason: 1}
    assert len(rejected_rows(report)) == 1
    assert PlannedPromotion.objects.count() == 1


def test_a_dry_run_keeps_nothing(file: Path) -> None:
    from importing.running import run_import

    advice = StockAdviceFactory(product=ProductFactory(sku="P1"))
    write_csv(file, [ROW])
    report = run_import(kind="promotions", path=file, dry_run=True)
    assert report.created == 1
    assert not PlannedPromotion.objects.exists()
    assert not is_outdated(advice)
