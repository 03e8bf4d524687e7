"""Stored deliveries are worked on once, in order, and tried again where that helps."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.models import Connection, ReceivedDelivery
from connectors.words import shown
from connectors.working import (
    MAX_ATTEMPTS,
    forget_deliveries,
    go_on,
    pause,
    retry_delivery,
    work_deliveries,
    work_waiting,
)
from membership.models import Member, MemberFeatures, Order
from tests.connectors.payloads import shopify_order, woo_customer, woo_order
from tests.connectors.shops import connect

pytestmark = pytest.mark.django_db


def delivered(connection: Connection, topic: str, data: Any, number: str = "1") -> ReceivedDelivery:
    return ReceivedDelivery.objects.create(
        connection=connection, delivery_id=number, topic=topic, body=json.dumps(data)
    )


def test_an_order_is_written_and_its_member_marked_for_new_figures() -> None:
    connection = connect("shopify")
    delivery = delivered(connection, "orders/create", shopify_order())
    assert work_deliveries(connection_id=connection.pk) == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("applied", 1)
    order = Order.objects.get()
    assert MemberFeatures.objects.get(member=order.member).dirty_at is not None


def test_nothing_is_worked_on_twice() -> None:
    connection = connect("shopify")
    delivered(connection, "orders/create", shopify_order())
    work_deliveries(connection_id=connection.pk)
    assert work_deliveries(connection_id=connection.pk) == 0


def test_a_message_that_cannot_be_read_is_refused_and_does_not_stop_the_others() -> None:
    connection = connect("shopify")
    bad = delivered(connection, "orders/create", {"id": 1}, "1")
    delivered(connection, "orders/create", shopify_order(), "2")
    assert work_deliveries(connection_id=connection.pk) == 2
    bad.refresh_from_db()
    assert (bad.state, shown(bad.detail)) == ("refused", "line_items is missing or cannot be read")
    assert Order.objects.count() == 1


def test_an_order_waits_for_its_customer_and_is_tried_again() -> None:
    connection = connect("woocommerce")
    order = delivered(connection, "order.created", woo_order(customer_id=7), "1")
    delivered(connection, "customer.created", woo_customer(), "2")
    work_deliveries(connection_id=connection.pk)
    order.refresh_from_db()
    assert (order.state, shown(order.detail)) == ("waiting", "waits for customer 7")
    assert order.next_try_at > timezone.now()
    ReceivedDelivery.objects.update(next_try_at=timezone.now())
    assert work_waiting() == 1
    work_deliveries(connection_id=connection.pk)
    assert Order.objects.get().member == Member.objects.get(member_no="nils")


def test_after_the_last_try_the_order_is_taken_without_its_customer() -> None:
    connection = connect("woocommerce")
    order = delivered(connection, "order.created", woo_order(customer_id=7))
    for _attempt in range(MAX_ATTEMPTS):
        ReceivedDelivery.objects.update(next_try_at=timezone.now())
        work_deliveries(connection_id=connection.pk)
    order.refresh_from_db()
    assert (order.state, Order.objects.count()) == ("applied", 1)


def test_a_paused_shops_messages_wait_until_it_goes_on() -> None:
    connection = connect("shopify")
    delivered(connection, "orders/create", shopify_order())
    pause(shop=connection)
    assert work_deliveries(connection_id=connection.pk) == 0
    go_on(shop=connection)
    assert work_deliveries(connection_id=connection.pk) == 1


def test_staff_may_have_a_refused_message_tried_again() -> None:
    connection = connect("shopify")
    delivery = delivered(connection, "orders/create", {"id": 1})
    work_deliveries(connection_id=connection.pk)
    retry_delivery(delivery=delivery)
    assert work_deliveries(connection_id=connection.pk) == 1


def test_old_messages_are_forgotten_unless_somebody_must_look_at_them() -> None:
    connection = connect("shopify")
    for number, state in enumerate(("applied", "staff", "waiting", "older")):
        delivery = delivered(connection, "orders/create", {}, str(number))
        ReceivedDelivery.objects.filter(pk=delivery.pk).update(
            state=state, worked_at=timezone.now() - timedelta(days=31)
        )
    assert forget_deliveries(now=timezone.now()) == 2
    assert sorted(ReceivedDelivery.objects.values_list("state", flat=True)) == ["staff", "waiting"]
