from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from config.replay import replay_demo
from demo.files import generate
from demo.replay import due, window
from fraud.models import FraudScore
from membership.models import DemoReplay, Event, Order
from tests.factories import MemberFactory, ModelVersionFactory, ProductFactory, StoreFactory

pytestmark = pytest.mark.django_db
DAY = 24 * 60


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("demo")
    generate(
        directory=directory,
        last_day=date(2026, 3, 1),
        time_zone="UTC",
        households=4,
        progress=lambda *a: None,
    )
    return directory


@pytest.fixture
def shop(files: Path, settings) -> Path:
    """What the replayed orders speak of, and both models live (without files: orders go to review)."""
    settings.DEMO_DIR = files
    begin, end = window(directory=files)
    batch = due(directory=files, after=begin, until=end)
    acting = {order.member_no for order in batch.orders} | {event.member_no for event in batch.events}
    for number in acting:
        MemberFactory(member_no=number)
    for sku in {line.sku for order in batch.orders for line in order.lines} | {
        e.sku for e in batch.events if e.sku
    }:
        ProductFactory(sku=sku)
    for code in {order.store for order in batch.orders if order.store}:
        StoreFactory(code=code)
    for family in ("recommendations", "fraud"):
        ModelVersionFactory(family=family)
    return files


def test_nothing_happens_without_a_demo_shop() -> None:
    assert replay_demo(minutes=DAY) == 0


def test_nothing_happens_before_both_models_are_live(files, settings) -> None:
    settings.DEMO_DIR = files
    ModelVersionFactory(family="fraud")

    assert replay_demo(minutes=DAY) == 0
    assert not DemoReplay.objects.exists()


def test_the_held_back_days_happen_tick_by_tick(shop) -> None:
    begin, end = window(directory=shop)
    expected = due(directory=shop, after=begin, until=end)

    placed = sum(replay_demo(minutes=7 * DAY) for _ in range(4))

    assert placed == len(expected.orders) == Order.objects.count()
    assert FraudScore.objects.count() == placed
    assert Event.objects.count() == len(expected.events)
    assert DemoReplay.objects.get().replayed_until == end


def test_the_fraud_model_is_in_memory_before_the_first_order_of_a_tick(shop, monkeypatch) -> None:
    orders_by_then: list[int] = []
    monkeypatch.setattr("config.replay.warm_up", lambda: orders_by_then.append(Order.objects.count()))

    assert replay_demo(minutes=DAY) > 0
    assert orders_by_then == [0]


def test_a_repeated_tick_changes_nothing(shop) -> None:
    replay_demo(minutes=5 * DAY)
    before = (Order.objects.count(), Event.objects.count())
    DemoReplay.objects.update(replayed_until=window(directory=shop)[0])

    replay_demo(minutes=5 * DAY)

    assert (Order.objects.count(), Event.objects.count()) == before


def test_time_never_runs_ahead_of_the_clock(shop) -> None:
    begin, _ = window(directory=shop)
    later = datetime.now(tz=UTC) + timedelta(days=1)
    DemoReplay.objects.create(pk=1, replayed_until=begin, ends_at=later)

    replay_demo(minutes=10_000 * DAY)

    assert DemoReplay.objects.get().replayed_until <= datetime.now(tz=UTC)
