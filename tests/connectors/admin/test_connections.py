"""Staff connect a shop, see what to do there and how it is, fetch, pause; secrets are never shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from connectors.models import BackFill, Connection, ReceivedDelivery
from tests.connectors.payloads import shopify_order
from tests.connectors.shops import SECRET, connect
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
LIST = "admin:connectors_connection_changelist"


@pytest.fixture
def data_staff(client: Client) -> Client:
    client.force_login(StaffFactory.create(groups=["Data"]))
    return client


def added(client: Client, **values: str) -> Any:
    form = {
        "system": "shopify", "name": "Looms", "shop_address": "looms.myshopify.com", "order_prefix": "",
        "webhook_secret": "", "access_key": "", "access_token": "", **values,
    }  # fmt: skip
    return client.post(reverse("admin:connectors_connection_add"), form, follow=True)


def press(client: Client, name: str, row: Any) -> Any:
    """A button's dialog, sent."""
    return client.post(reverse(f"admin:connectors_{name}", args=(row.pk,)), {"_form_submitted": "1"})


def page_of(connection: Connection) -> str:
    return reverse("admin:connectors_connection_change", args=(connection.pk,))


def test_a_shop_is_connected_and_the_page_says_what_to_do_there(data_staff: Client) -> None:
    answer = added(data_staff, webhook_secret=SECRET, access_token="shpat_1")
    connection = Connection.objects.get()
    assert connection.shop_address == "https://looms.myshopify.com"
    assert connection.secret("access_token") == "shpat_1"
    text = answer.content.decode()
    assert f"http://testserver/api/v1/connectors/shopify/{connection.public_id}/" in text
    assert "refunds/create" in text


def test_no_secret_is_ever_shown(data_staff: Client) -> None:
    text = added(data_staff, webhook_secret=SECRET, access_token="shpat_1").content.decode()
    text += data_staff.get(page_of(Connection.objects.get())).content.decode()
    text += data_staff.get(reverse(LIST)).content.decode()
    assert SECRET not in text
    assert "shpat_1" not in text


def test_a_secret_that_we_choose_is_shown_once(data_staff: Client) -> None:
    answer = added(data_staff, system="signed", shop_address="")
    secret = Connection.objects.get().secret("webhook_secret")
    assert secret.startswith("whsec_")
    assert any(secret in str(message) for message in get_messages(answer.wsgi_request))
    assert secret not in data_staff.get(page_of(Connection.objects.get())).content.decode()


def test_an_empty_secret_keeps_what_is_stored_and_a_new_one_leaves_the_old_valid(data_staff: Client) -> None:
    connection = connect("shopify", secrets={"access_token": "shpat_1"})
    form = {"name": "Looms", "shop_address": connection.shop_address, "order_prefix": ""}
    data_staff.post(
        page_of(connection), form | {"webhook_secret": "new", "access_key": "", "access_token": ""}
    )
    connection.refresh_from_db()
    assert (connection.name, connection.secret("access_token")) == ("Looms", "shpat_1")
    assert connection.webhook_secrets == ["new", SECRET]


def test_the_old_secret_is_dropped_on_request(data_staff: Client) -> None:
    connection = connect("shopify", secrets={"previous_secret": "old"})
    press(data_staff, "connection_forget_previous_secret", connection)
    connection.refresh_from_db()
    assert connection.webhook_secrets == [SECRET]


def test_an_address_without_https_is_refused_in_words(data_staff: Client) -> None:
    answer = added(data_staff, shop_address="http://looms.myshopify.com")
    assert "The address must be as https://my-shop.example.com." in answer.content.decode()
    assert not Connection.objects.exists()


def test_a_shop_needs_an_address_unless_it_is_any_other(data_staff: Client) -> None:
    assert "needs the shop&#x27;s address" in added(data_staff, shop_address="").content.decode()


def test_everything_is_fetched_by_a_job(data_staff: Client) -> None:
    connection = connect("shopify", secrets={"access_token": "shpat_1"})
    press(data_staff, "connection_fetch_everything", connection)
    assert BackFill.objects.get().connection == connection
    assert data_staff.get(reverse("admin:connectors_backfill_changelist")).status_code == 200


def test_without_a_token_the_button_says_what_is_missing(data_staff: Client) -> None:
    connection = connect("shopify")
    press(data_staff, "connection_fetch_everything", connection)
    assert "access token first" in data_staff.get(page_of(connection)).content.decode()


def test_a_connection_is_paused_and_goes_on(data_staff: Client) -> None:
    connection = connect("shopify")
    for state in ("paused", "active"):
        press(data_staff, "connection_pause_or_go_on", connection)
        connection.refresh_from_db()
        assert connection.state == state


def test_an_error_is_shown_in_the_list(data_staff: Client) -> None:
    Connection.objects.filter(pk=connect("shopify").pk).update(error="The shop refuses the access.")
    text = data_staff.get(reverse(LIST)).content.decode()
    assert "The shop refuses the access." in text
    assert "Needs help" in text


def test_deliveries_are_listed_shown_and_tried_again(data_staff: Client) -> None:
    delivery = ReceivedDelivery.objects.create(
        connection=connect("shopify"), delivery_id="1", topic="orders/create", state="refused",
        body=json.dumps(shopify_order()), detail="line_items is missing",
    )  # fmt: skip
    assert (
        "line_items is missing"
        in data_staff.get(reverse("admin:connectors_receiveddelivery_changelist")).content.decode()
    )
    page = reverse("admin:connectors_receiveddelivery_change", args=(delivery.pk,))
    assert "nora.quill@example.com" in data_staff.get(page).content.decode()
    press(data_staff, "receiveddelivery_retry", delivery)
    delivery.refresh_from_db()
    assert delivery.state == "waiting"


def test_others_see_none_of_it(client: Client) -> None:
    client.force_login(StaffFactory.create(groups=["Support"]))
    connection = connect("shopify")
    assert client.get(reverse(LIST)).status_code == 403
    assert client.get(page_of(connection)).status_code == 403
    assert press(client, "connection_pause_or_go_on", connection).status_code == 403
