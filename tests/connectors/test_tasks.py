"""From the request to the order, by the tasks that the queue carries."""

from __future__ import annotations

import pytest
from celery import current_app
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from config.schedule import default_entries
from connectors.models import ReceivedDelivery
from membership.models import Order
from tests.connectors.payloads import shopify_order
from tests.connectors.shops import connect, shopify_message

pytestmark = pytest.mark.django_db


def test_a_message_becomes_an_order(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    connect("shopify", shop_address="https://looms.myshopify.com")
    body, headers = shopify_message(
        "orders/create", shopify_order(), domain="looms.myshopify.com", number="1"
    )
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/api/v1/connectors/shopify/", body, content_type="application/json", headers=headers)
    assert Order.objects.get().order_no == "#1001"


@pytest.mark.usefixtures("broker_away")
def test_a_message_is_kept_while_the_queue_does_not_answer(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    connect("shopify", shop_address="https://looms.myshopify.com")
    body, headers = shopify_message(
        "orders/create", shopify_order(), domain="looms.myshopify.com", number="1"
    )
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(
            "/api/v1/connectors/shopify/", body, content_type="application/json", headers=headers
        )
    assert (answer.status_code, ReceivedDelivery.objects.get().state) == (200, "waiting")


def test_the_schedule_names_tasks_that_there_are() -> None:
    ours = {entry.task for entry in default_entries() if entry.task.startswith("connectors.")}
    assert len(ours) == 3
    assert ours <= set(current_app.tasks)
