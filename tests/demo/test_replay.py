from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from demo.replay import NoDemoError, due, window


def test_the_whole_window_brings_every_held_back_row_once(demo):
    begins, ends = window(directory=demo.directory)
    third = (ends - begins) / 3
    moment, steps = begins - timedelta(seconds=1), []
    while moment < ends:
        steps.append(due(directory=demo.directory, after=moment, until=moment + third))
        moment += third
    rows = demo.manifest["rows"]
    assert sum(len(order.lines) for step in steps for order in step.orders) == rows["replay_orders"]
    assert sum(len(step.events) for step in steps) == rows["replay_events"]
    assert sum(len(step.labels) for step in steps) == rows["replay_labels"] > 0


def test_only_what_falls_in_the_given_span_is_due(demo):
    begins, _ = window(directory=demo.directory)
    after, until = begins + timedelta(days=3), begins + timedelta(days=4)
    batch = due(directory=demo.directory, after=after, until=until)
    assert batch.orders
    assert batch.events
    assert all(after < order.placed_at <= until for order in batch.orders)
    assert all(after < event.occurred_at <= until for event in batch.events)
    assert all(after < label.known_at <= until for label in batch.labels)


def test_an_order_comes_whole_with_exact_money(demo):
    begins, ends = window(directory=demo.directory)
    order = max(
        due(directory=demo.directory, after=begins, until=ends).orders, key=lambda one: len(one.lines)
    )
    assert [line.line_no for line in order.lines] == list(range(1, len(order.lines) + 1))
    assert isinstance(order.lines[0].unit_price, Decimal)
    assert order.placed_at.utcoffset() is not None


def test_a_folder_without_a_demo_is_refused(tmp_path):
    now = datetime(2026, 3, 10, tzinfo=UTC)
    with pytest.raises(NoDemoError, match="no complete demo shop"):
        due(directory=tmp_path, after=now, until=now)


def test_a_moment_without_a_zone_is_refused(demo):
    naive = datetime(2026, 3, 10)  # noqa: DTZ001  # that is the mistake
    with pytest.raises(ValueError, match="time zone"):
        due(directory=demo.directory, after=naive, until=naive)
