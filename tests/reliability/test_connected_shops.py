"""Messages of a connected shop, repeated and in any order, while the worker is killed: nothing is lost."""

from __future__ import annotations

import http.client
import random
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.connectors.servers.serving import served
from tests.connectors.servers.shopify import TOKEN, ShopifyApi
from tests.connectors.servers.their_shop import Message, TheirShop
from tests.connectors.shops import SECRET, shopify_message
from tests.shops import Shop, wait_until

pytestmark = pytest.mark.reliability

N_EVENTS, N_DELIVERIES = 620, 1_000
ORDERS = """
    SELECT o.order_no, m.member_no, o.status, o.currency, o.subtotal, o.discount, o.refunded, o.total,
        o.shipping, o.placed_at, o.cancelled_at, i.line_no, p.sku, i.quantity, i.unit_price, i.discount,
        i.refunded, i.total
    FROM membership_orderitem i
    JOIN membership_order o ON o.id = i.order_id
    JOIN membership_product p ON p.id = i.product_id
    JOIN membership_member m ON m.id = o.member_id
    ORDER BY o.order_no, i.line_no
"""
MEMBERS = "SELECT member_no, name, email, phone, country, joined_at FROM membership_member ORDER BY member_no"
PRODUCTS = """
    SELECT sku, name, price, stock, brand FROM membership_product
    WHERE is_active AND NOT is_placeholder ORDER BY sku
"""
ENDED = "SELECT count(*) FROM connectors_receiveddelivery WHERE state IN ('applied', 'older')"
CONNECT = """
from connectors.models import Connection
one = Connection(system='shopify', name='Looms', shop_address='{address}')
one.keep_secret('webhook_secret', '{secret}')
one.keep_secret('access_token', '{token}')
one.save()
"""


def connected(shop: Shop, address: str) -> None:
    code = CONNECT.format(address=address, secret=SECRET, token=TOKEN)
    assert shop.manage("shell", "-c", code).wait(timeout=60) == 0, shop.commands_log


def send(shop: Shop, message: Message, domain: str) -> tuple[int, float]:
    """The status of the answer, and how many seconds it took."""
    body, headers = shopify_message(
        message.topic, message.data, domain=domain, number=message.number, sent=message.sent
    )
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=20)
    try:
        headers |= {"Content-Type": "application/json", "X-Forwarded-Proto": "https"}
        connection.request("POST", "/api/v1/connectors/shopify/", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.monotonic() - began
    finally:
        connection.close()


def test_a_thousand_deliveries_come_to_what_the_api_comes_to(make_shop: Callable[..., Shop]) -> None:
    theirs = TheirShop(seed=11)
    theirs.live(N_EVENTS)
    theirs.places.clear()  # only the API says what a till's place is called
    for order in theirs.orders.values():
        order["location_id"] = None
    chance = random.Random(7)  # noqa: S311  # the same every time is meant
    messages = list(theirs.messages)
    messages += chance.choices(messages, k=N_DELIVERIES - len(messages))
    for at in range(0, len(messages), 200):  # late by up to two hundred
        some = messages[at : at + 400]
        chance.shuffle(some)
        messages[at : at + 400] = some
    with served(ShopifyApi(theirs)) as address:
        by_messages = make_shop(CONNECTORS_ALLOW_LOOPBACK="1")
        by_messages.start()
        by_messages.wait_until_serving()
        connected(by_messages, address)
        _deliver(by_messages, messages, domain=address.removeprefix("http://"))
        by_api = make_shop(CONNECTORS_ALLOW_LOOPBACK="1")
        by_api.start()
        by_api.wait_until_serving()
        connected(by_api, address)
        fetch = by_api.manage("backfill_connection", "Looms", "--wait")
        assert fetch.wait(timeout=240) == 0, by_api.commands_log
        for query in (ORDERS, MEMBERS, PRODUCTS):
            assert by_messages.rows(query) == by_api.rows(query) != []
        by_messages.end()
        by_api.end()


def _deliver(shop: Shop, messages: list[Message], *, domain: str) -> None:
    """Post them all by several senders, and kill the worker twice on the way."""
    different = len({message.number for message in messages})
    with ThreadPoolExecutor(4) as senders:
        sent = [senders.submit(send, shop, message, domain) for message in messages]
        for enough in (different // 5, different * 3 // 5):
            wait_until(lambda n=enough: shop.number(ENDED) > n, seconds=180, what="some of the work")  # type: ignore[misc]  # mypy infers no type for a lambda's default
            worker = shop.wait_for_process("-n", "worker@")
            worker.kill()
            worker.wait(timeout=10)
        answers = [one.result(timeout=240) for one in sent]
    assert {status for status, _seconds in answers} == {200}
    assert statistics.median(seconds for _status, seconds in answers) < 1
    assert shop.number("SELECT count(*) FROM connectors_receiveddelivery") == different
    wait_until(lambda: shop.number(ENDED) == different, seconds=240, what="the end of the work")
