"""Promotions in the admin."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group

from forecasts.models import PlannedPromotion, StockAdvice
from forecasts.services.promotions import (
    plan_promotion,
)
from tests.factories import ProductFactory, ProductForecastFactory, StockAdviceFactory

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


SENT = {"kind": "mailer", "starts_on": "2026-03-09", "ends_on": "2026-03-15", "share": 0.5}
ADD = "/admin/forecasts/plannedpromotion/add/"
LIST = "/admin/forecasts/plannedpromotion/"


def test_staff_plan_a_promotion_and_see_it_on_the_products_page(admin_client: Any) -> None:
    row = ProductForecastFactory(product=ProductFactory(name="Ground coffee"))
    advice = StockAdviceFactory(product=row.product, model_version=row.model_version)
    sent = {**SENT, "product": row.product.pk, "starts_on": row.week, "ends_on": row.week, "note": "spring"}
    assert admin_client.post(ADD, sent).status_code == 302
    assert is_outdated(advice)

    page = admin_client.get(f"/admin/membership/product/{row.product.pk}/demand/").content.decode()
    assert "A promotion was planned since" in page
    assert "Mailer 50.0%" in page
    assert "Ground coffee" in admin_client.get(LIST, {"q": "spring"}).content.decode()


def test_a_typing_mistake_is_explained(admin_client: Any, advice: Any) -> None:
    sent = {**SENT, "product": advice.product.pk, "ends_on": "2026-03-01"}
    page = admin_client.post(ADD, sent).content.decode()
    assert "The last day must not lie before the first." in page
    assert not PlannedPromotion.objects.exists()


def test_moving_a_promotion_to_another_product_marks_both(admin_client: Any, advice: Any) -> None:
    other = StockAdviceFactory()
    promotion = plan_promotion(product=advice.product, draft=WEEK)
    settled(advice)
    sent = {**SENT, "product": other.product.pk}
    assert admin_client.post(f"{LIST}{promotion.pk}/change/", sent).status_code == 302
    assert is_outdated(advice)
    assert is_outdated(other)


def test_deleting_several_marks_their_products(admin_client: Any, advice: Any) -> None:
    promotion = plan_promotion(product=advice.product, draft=WEEK)
    settled(advice)
    sent = {"action": "delete_selected", "_selected_action": [promotion.pk], "post": "yes"}
    admin_client.post(LIST, sent)
    assert not PlannedPromotion.objects.exists()
    assert is_outdated(advice)


def test_the_export_can_be_imported_again(admin_client: Any, advice: Any, tmp_path: Path) -> None:
    from importing.running import run_import

    promotion = plan_promotion(product=advice.product, draft={**WEEK, "note": "spring"})
    answer = admin_client.post(LIST, {"action": "export", "_selected_action": [promotion.pk]})
    file = tmp_path / "promotions.csv"
    file.write_bytes(b"".join(answer.streaming_content))
    report = run_import(kind="promotions", path=file)
    assert (report.duplicate, report.rejected) == (1, 0)


def test_support_reads_and_marketing_plans() -> None:
    assert Group.objects.get(name="Support").permissions.filter(codename="view_plannedpromotion").exists()
    marketing = Group.objects.get(name="Marketing").permissions
    assert marketing.filter(codename="add_plannedpromotion").exists()
