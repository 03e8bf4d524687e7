"""The home page, and the retrain button on it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from membership.models import ImportReport
from registry.models import TrainingRun
from tests.factories import (
    AdminFactory,
    FraudAlertFactory,
    ModelVersionFactory,
    OrderFactory,
    SegmentFactory,
    StaffFactory,
    StockAdviceFactory,
    TrainingRunFactory,
)
from tests.registry.toy import toy_family

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(AdminFactory())
    return client


def test_home_shows_the_figures_of_today(boss: Client) -> None:
    order = OrderFactory(placed_at=timezone.now() - timedelta(days=8), total=Decimal(1250))
    OrderFactory(member=order.member, placed_at=timezone.now(), total=Decimal(50))
    FraudAlertFactory(order=order, priority=Decimal(900))
    context = boss.get("/admin/").context
    assert context["members"]["active"] == 1
    assert (context["orders"].week, context["orders"].month) == (1, 2)
    assert context["orders"].turnover_text == "$1,300"
    assert (context["alerts"]["count"], context["alerts"]["loss_text"]) == (1, "$900")


def test_home_of_a_new_shop_says_what_decides_about_orders(boss: Client) -> None:
    page = boss.get("/admin/").content.decode()

    assert "orders below $100.00 are approved" in page
    assert "once 4 frauds older than 45 days are known; so far 0" in page
    assert reverse("admin:fraud_decisionpolicy_add") + "#without-model" in page


def test_home_with_a_fraud_model_says_nothing_about_a_missing_one(boss: Client) -> None:
    ModelVersionFactory(family="fraud", status="live")

    assert "no-fraud-model" not in boss.get("/admin/").content.decode()


def test_home_shows_models_jobs_and_imports(boss: Client) -> None:
    ModelVersionFactory(family="toy", number=7, metrics={"score": 0.4321})
    TrainingRunFactory(family="toy", status="running", progress=0.5, message="halfway")
    common = {"file_path": "x", "file_sha256": "0" * 64}
    ImportReport.objects.create(kind="orders", file_name="spring.csv", **common)
    with toy_family():
        page = boss.get("/admin/").content.decode()
    for text in ("v7", "0.4321", "50% halfway", "spring.csv"):
        assert text in page


def test_home_costs_few_queries(boss: Client, django_assert_max_num_queries: Any) -> None:
    for order in OrderFactory.create_batch(6):
        FraudAlertFactory(order=order)
    with django_assert_max_num_queries(20):
        boss.get("/admin/")


def test_home_shows_only_what_one_may_see(client: Client) -> None:
    client.force_login(StaffFactory())
    answer = client.get("/admin/")
    assert answer.status_code == 200
    assert not {"members", "orders", "alerts", "models", "imports"} & answer.context.keys()


def test_home_leads_to_what_forecasts_say_to_do(boss: Client) -> None:
    SegmentFactory(key="likely-this-week", member_count=1234)
    SegmentFactory(key="slipping-away", member_count=56)
    StockAdviceFactory(product__stock=1)
    answer = boss.get("/admin/")
    assert answer.context["ahead"] == {"likely_this_week": 1234, "slipping_away": 56}
    assert answer.context["to_reorder"] == 1
    for text in ("1,234", "56 slipping away", "?list=slipping-away", "?stock=reorder"):
        assert text in answer.content.decode()


def test_home_says_when_the_data_is_simulated(boss: Client, settings: Settings) -> None:
    assert "simulated" not in boss.get("/admin/").content.decode()
    Path(settings.DEMO_DIR).mkdir()
    (Path(settings.DEMO_DIR) / "manifest.json").write_text("{}", encoding="utf-8")
    assert "simulated" in boss.get("/admin/").content.decode()


def test_home_names_the_fuller_models_that_are_training(boss: Client) -> None:
    ModelVersionFactory(family="toy", status="live", parameters={"recipe": "light"})
    with toy_family(title="Toys"):
        assert "fuller ones" not in boss.get("/admin/").content.decode()
        run = TrainingRunFactory(family="toy", recipe="full", status="queued")
        assert "fuller ones are training: Toys." in boss.get("/admin/").content.decode()
        TrainingRun.objects.filter(pk=run.pk).update(recipe="light")
        assert "fuller ones" not in boss.get("/admin/").content.decode()


def test_home_does_not_announce_a_retrain_of_a_full_model(boss: Client) -> None:
    ModelVersionFactory(family="toy", status="live", parameters={"recipe": "full"})
    TrainingRunFactory(family="toy", recipe="full", status="queued")
    with toy_family(title="Toys"):
        assert "fuller ones" not in boss.get("/admin/").content.decode()


def test_the_retrain_button_starts_a_run_by_post_only(
    boss: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with toy_family(), django_capture_on_commit_callbacks(execute=True):
        assert boss.get(reverse("start_retrain")).status_code == 405
        boss.post(reverse("start_retrain"), {"family": "toy"})
    assert TrainingRun.objects.get().status == "succeeded"


def test_an_unknown_family_is_reported_and_not_trained(boss: Client) -> None:
    page = boss.post(reverse("start_retrain"), {"family": "horoscopes"}, follow=True).content.decode()
    assert "horoscopes" in page
    assert not TrainingRun.objects.exists()
