"""When the forest is fitted, and what the periodic task does meanwhile."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from fraud.ml.models.isolation_forest import LEAST_ORDERS
from fraud.models import FraudAlert
from fraud.services.unusual.due import is_due
from fraud.services.unusual.ranking import FAMILY
from fraud.tasks import rank_unusual_orders
from membership.models import Order
from registry.models import ModelVersion, TrainingRun
from registry.services.runs import execute_run
from tests.factories import FraudAlertFactory, ModelVersionFactory, OrderFactory, TrainingRunFactory

pytestmark = pytest.mark.django_db


def orders(n: int) -> None:
    member = OrderFactory(placed_at=timezone.now()).member
    OrderFactory.create_batch(n - 1, member=member, placed_at=timezone.now())


def forest_of(n: int, **values: object) -> ModelVersion:
    version: ModelVersion = ModelVersionFactory(family=FAMILY, metrics={"orders": n}, **values)
    return version


def test_a_shop_without_orders_works() -> None:
    assert rank_unusual_orders() is None
    assert not TrainingRun.objects.exists()


def test_it_is_fitted_by_itself_once_orders_are_enough() -> None:
    orders(LEAST_ORDERS - 1)
    assert rank_unusual_orders() is None
    OrderFactory()
    number = rank_unusual_orders()

    run = TrainingRun.objects.get()
    assert (run.pk, run.family) == (number, FAMILY)
    assert rank_unusual_orders() is None  # it is under way
    execute_run(run=run)
    assert ModelVersion.objects.live(FAMILY).exists(), run.error


@pytest.mark.parametrize(
    ("known", "hours", "due"), [(100, 1, False), (99, 1, False), (99, 25, True), (79, 1, True)]
)
def test_it_is_fitted_again_as_orders_grow_and_once_a_day(known: int, hours: int, due: bool) -> None:
    orders(100)
    forest_of(known)

    assert is_due(at=timezone.now() + timedelta(hours=hours)) is due


def test_a_fit_that_failed_is_tried_again_after_a_pause() -> None:
    orders(LEAST_ORDERS)
    TrainingRunFactory(family=FAMILY, status="failed", error="MemoryError: ")

    assert not is_due()
    assert is_due(at=timezone.now() + timedelta(hours=2))


def test_a_shop_with_a_model_needs_no_ranks_and_loses_those_it_had() -> None:
    orders(LEAST_ORDERS)
    ModelVersionFactory(family="fraud")
    forest = forest_of(5)
    FraudAlertFactory(unusual=0.97)

    assert rank_unusual_orders() is None
    assert not TrainingRun.objects.exists()
    forest.refresh_from_db()
    assert (forest.status, FraudAlert.objects.get().unusual) == (ModelVersion.Status.RETIRED, None)


def test_a_shop_whose_labels_are_enough_waits_for_its_model(shop: None) -> None:
    assert not is_due()


def test_alerts_without_a_rank_get_one(forest: ModelVersion) -> None:
    order = Order.objects.order_by("-total").first()
    FraudAlertFactory(order=order, probability=None, priority=Decimal(9))
    rank_unusual_orders()

    assert FraudAlert.objects.get().unusual is not None
