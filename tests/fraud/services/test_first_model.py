"""When the first model is trained."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from fraud.features import load_orders
from fraud.ml.orders.labelling import LEAST_FRAUDS, hold_out
from fraud.services.first_model import is_due, labels_so_far, why_not_yet
from fraud.tasks import train_first_model
from learning.estimator import ModelFitError
from registry.models import ModelVersion, TrainingRun
from registry.services.runs import execute_run
from registry.tasks import retrain
from tests.factories import ModelVersionFactory, OrderFactory, TrainingRunFactory

pytestmark = pytest.mark.django_db


def frauds(n: int, *, days: int = 60, known_after: int = 5) -> None:
    """The oldest was placed ``days`` + n weeks ago."""
    now = timezone.now()
    for number in range(n):
        placed = now - timedelta(days=days + 7 * number)
        OrderFactory(
            placed_at=placed, is_fraud=True, label_known_at=placed + timedelta(days=known_after),
            label_source="chargeback",
        )  # fmt: skip


def can_be_split(at: datetime) -> bool:
    try:
        hold_out(load_orders().columns, as_of=int(at.timestamp()))
    except ModelFitError:
        return False
    return True


@pytest.mark.parametrize(
    ("n", "days", "known_after"), [(3, 60, 5), (4, 10, 5), (4, 60, 55), (4, 90, 5), (12, 60, 5), (12, 60, 50)]
)
def test_enough_is_what_a_training_needs(n: int, days: int, known_after: int):
    frauds(n, days=days, known_after=known_after)
    now = timezone.now()

    assert labels_so_far(at=now).are_enough == can_be_split(now)


def test_labels_are_counted():
    frauds(3, days=60)
    frauds(2, days=1, known_after=0)

    labels = labels_so_far()
    assert (labels.known, labels.old, labels.least) == (5, 3, LEAST_FRAUDS)
    assert not labels.are_enough


def test_the_first_model_trains_by_itself_and_only_the_first(shop):
    number = train_first_model()
    run = TrainingRun.objects.get()
    assert run.pk == number
    assert run.recipe == TrainingRun.Recipe.LIGHT
    execute_run(run=run)

    assert ModelVersion.objects.live("fraud").exists(), run.error
    assert train_first_model() is None


def test_nothing_is_trained_without_labels():
    OrderFactory()

    assert train_first_model() is None
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    ("n", "known_after", "why"),
    [(0, 5, "only 0 known frauds are older than 45 days"), (4, 55, "no fraud was known before")],
)
def test_the_nightly_training_passes_over_a_shop_with_few_labels_and_says_why(n, known_after, why, caplog):
    frauds(n, known_after=known_after)
    caplog.set_level("INFO")

    assert retrain("fraud") is None
    assert not TrainingRun.objects.exists()
    assert why in caplog.text


def test_the_nightly_training_begins_once_labels_are_enough(shop):
    assert why_not_yet() == ""
    retrain("fraud")
    assert TrainingRun.objects.get().status == TrainingRun.Status.QUEUED


def test_an_attempt_is_not_repeated_at_once():
    frauds(12)
    assert is_due()
    TrainingRunFactory(family="fraud", status="failed", error="ModelFitError: too little")
    assert not is_due()
    assert is_due(at=timezone.now() + timedelta(hours=2))


def test_an_attempt_that_broke_is_left_to_staff():
    frauds(12)
    TrainingRunFactory(family="fraud", status="failed", error="MemoryError: ")

    assert not is_due(at=timezone.now() + timedelta(hours=2))


def test_a_shop_with_a_model_is_past_its_first():
    frauds(12)
    ModelVersionFactory(family="fraud", status="live")

    assert not is_due()
