"""Shops that no model was made for: a defined answer, no crash, and the reason in the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from learning.estimator import ModelFitError, silent
from recommendations.models import Recommendation, Surface
from recommendations.services.serving.member_lists import recommend
from recommendations.services.training import train_candidate
from registry.models import TrainingRun
from registry.services.runs import execute_run, request_run
from tests.factories import EventFactory, MemberFactory, OrderFactory, OrderItemFactory, ProductFactory

pytestmark = pytest.mark.django_db


def retrained() -> TrainingRun:
    return execute_run(run=request_run(family="recommendations")[0])


def test_a_member_without_history_in_a_shop_without_anything():
    for surface in Surface:
        assert recommend(member=MemberFactory(), surface=surface).products == []


def test_one_product_only():
    product = ProductFactory(category=None, brand="")
    for days in range(4):
        placed_at = timezone.now() - timedelta(days=10 * days + 1)
        for _ in range(3):
            OrderItemFactory(order=OrderFactory(placed_at=placed_at), product=product)
    run = retrained()

    assert (run.status, run.error) == ("succeeded", "")
    assert not Recommendation.objects.filter(surface=Surface.FOR_YOU).exists()
    again = Recommendation.objects.filter(surface=Surface.BUY_AGAIN)
    assert all([entry["product"] for entry in row.products] == [product.pk] for row in again)


def test_all_events_on_one_product_and_the_same_one_many_times():
    product, bought = ProductFactory(), ProductFactory()
    members = [OrderItemFactory(order__placed_at=timezone.now(), product=bought).member for _ in range(4)]
    for member in members:
        for minutes in range(3):
            moment = timezone.now() - timedelta(minutes=minutes)
            for _session in ("a", "b"):
                EventFactory(member=member, product=product, occurred_at=moment, session=_session)
    run = retrained()

    assert (run.status, run.error) == ("succeeded", "")
    assert [one.product for one in recommend(member=members[0], surface=Surface.FOR_YOU).products] == [
        product
    ]


def test_weights_that_are_no_numbers_train_nothing(settings: Settings):
    OrderItemFactory()
    settings.RECOMMENDATIONS = {**settings.RECOMMENDATIONS, "SIGNAL_WEIGHTS": {"order": float("nan")}}
    with pytest.raises(ModelFitError):
        train_candidate(silent)


def test_models_that_do_not_exist_do_not_compete(settings: Settings):
    for days in range(4):
        OrderItemFactory(order__placed_at=timezone.now() - timedelta(days=10 * days + 1))
    settings.RECOMMENDATIONS = {**settings.RECOMMENDATIONS, "MODELS": ["horoscopes", "popularity"]}

    assert set(train_candidate(silent).metrics["scores"]) <= {"popularity"}


def test_products_with_and_without_attributes_are_learned_from_alike(settings: Settings):
    settings.RECOMMENDATIONS = {**settings.RECOMMENDATIONS, "MODELS": ["item_transitions"]}
    plain = [ProductFactory(category=None, brand="") for _ in range(3)]
    described = [ProductFactory() for _ in range(3)]
    for number in range(12):
        member = MemberFactory()
        for place, product in enumerate((plain + described)[: 6 - number % 3]):
            moment = timezone.now() - timedelta(days=60 - 9 * place, minutes=number)
            OrderItemFactory(order=OrderFactory(member=member, placed_at=moment), product=product)
    run = retrained()

    assert (run.status, run.error) == ("succeeded", "")
    listed = {entry["product"] for row in Recommendation.objects.all() for entry in row.products}
    assert listed & {one.pk for one in plain}
    assert listed & {one.pk for one in described}


def test_a_half_life_longer_than_the_calendar_reads_all_events(settings: Settings):
    settings.RECOMMENDATIONS = {**settings.RECOMMENDATIONS, "EVENT_HALF_LIFE_DAYS": 1e9}
    OrderItemFactory()
    EventFactory(occurred_at=timezone.now() - timedelta(days=4_000))

    assert train_candidate(silent).metrics["events"] == 1
