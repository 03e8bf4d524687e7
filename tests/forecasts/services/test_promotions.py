"""Promotions of products: planned by staff, imported, and known to the next forecast."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group

from forecasts.models import PlannedPromotion, StockAdvice
from forecasts.services.promotions import (
    cancel_promotion,
    change_promotion,
    plan_promotion,
    promotions_of_weeks,
)
from membership.errors import Conflict, Rejected
from tests.api_client import key_client, member_client, staff_client
from tests.factories import MemberFactory, ProductFactory, ProductForecastFactory, StockAdviceFactory
from tests.membership.importing.import_files import import_rows, rejected_rows, write_csv

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
    assert not PlannedPromotion.objects.exists()
    assert not is_outdated(advice)


# --- over REST ---------------------------------------------------------------------------------------------
PATH = "/api/v1/promotions/"
SENT = {"kind": "mailer", "starts_on": "2026-03-09", "ends_on": "2026-03-15", "share": 0.5}


def test_a_server_plans_reads_moves_and_cancels_a_promotion(advice: Any) -> None:
    client = key_client("promotions:read", "promotions:write")
    made = client.post(PATH, {**SENT, "product": advice.product.sku}, format="json")
    assert made.status_code == 201
    assert made.json()["product"] == str(advice.product.public_id)
    assert is_outdated(advice)

    path = made.headers["Location"]
    assert client.get(path).json() == made.json()
    moved = client.patch(path, {"ends_on": "2026-03-22"}, format="json")
    assert (moved.json()["ends_on"], moved.json()["share"]) == ("2026-03-22", 0.5)
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"product": "nothing"}, 400, "product"),
        ({"ends_on": "2026-03-01"}, 400, "ends_on"),
        ({"share": 2}, 400, "share"),
        ({"kind": "fireworks"}, 400, "kind"),
        ({"starts_on": "soon"}, 400, "starts_on"),
        ({}, 409, "starts_on"),
    ],
)
def test_the_api_says_which_field_is_wrong(advice: Any, change: Any, status: int, field: str) -> None:
    if status == 409:
        plan_promotion(product=advice.product, draft=WEEK)
    sent = {**SENT, "product": str(advice.product.public_id), **change}
    answer = key_client("promotions:write").post(PATH, sent, format="json")
    assert answer.status_code == status
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_list_is_filtered_by_product_kind_and_days(
    advice: Any, django_assert_max_num_queries: Any
) -> None:
    first = plan_promotion(product=advice.product, draft=WEEK)
    plan_promotion(product=ProductFactory(), draft={**WEEK, "kind": "display"})
    client = key_client("promotions:read")

    def ids(query: str) -> list[str]:
        return [row["id"] for row in client.get(f"{PATH}?{query}").json()["results"]]

    assert ids(f"sku={advice.product.sku}") == ids("kind=mailer") == [str(first.public_id)]
    assert len(ids("since=2026-03-15&until=2026-03-09")) == 2
    assert ids("since=2026-03-16") == ids("until=2026-03-08") == []
    with django_assert_max_num_queries(5):
        ids("")


def test_who_may_not_is_refused(advice: Any) -> None:
    promotion = plan_promotion(product=advice.product, draft=WEEK)
    path = f"{PATH}{promotion.public_id}/"
    assert key_client("promotions:read").delete(path).status_code == 403
    assert key_client("forecasts:read").get(PATH).status_code == 403
    assert member_client(MemberFactory()).get(path).status_code == 403
    assert staff_client("forecasts.view_plannedpromotion").delete(path).status_code == 403
    assert PlannedPromotion.objects.exists()


def test_a_products_forecast_names_the_promotions_of_its_weeks() -> None:
    row = ProductForecastFactory()
    StockAdviceFactory(product=row.product, model_version=row.model_version)
    promotion = plan_promotion(
        product=row.product, draft={**WEEK, "starts_on": row.week, "ends_on": row.week}
    )
    path = f"/api/v1/products/{row.product.public_id}/forecast/"
    found = key_client("forecasts:read").get(path).json()
    assert found["weeks"][0]["promotions"] == [
        {"id": str(promotion.public_id), "kind": "mailer", "share": 0.5}
    ]
    assert found["outdated"] is True


# --- in the admin ------------------------------------------------------------------------------------------
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


def test_a_slip_of_the_pen_is_explained(admin_client: Any, advice: Any) -> None:
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
    from membership.importing import run_import

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
