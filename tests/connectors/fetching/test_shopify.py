"""A shop with Shopify's API is read whole: pages, nested pages, limits, faults, and changes meanwhile."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from connectors.applying.dispatch import apply_items
from connectors.applying.known import Context
from connectors.fetching.back_fill import request_back_fill, request_changes, run_back_fill
from connectors.models import BackFill, Connection
from connectors.systems.shopify.messages import read_message
from connectors.words import shown
from membership.models import Member, Order, OrderItem, Product
from tests.connectors.servers.serving import Faults, Response, served
from tests.connectors.servers.shopify import TOKEN, ShopifyApi
from tests.connectors.servers.their_shop import TheirShop
from tests.connectors.shops import connect
from tests.connectors.state import empty_shop, end_state

pytestmark = pytest.mark.django_db


@pytest.fixture
def their_shop() -> TheirShop:
    shop = TheirShop(seed=3)
    shop.live(150)
    return shop


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def connection(their_shop: TheirShop, faults: Faults) -> Iterator[Connection]:
    with served(ShopifyApi(their_shop), faults=faults) as address:
        yield connect("shopify", shop_address=address, secrets={"access_token": TOKEN})


def fetched(connection: Connection, **options: Any) -> BackFill:
    connection.refresh_from_db()
    job, is_new = request_back_fill(connection=connection, **options)
    assert is_new
    run_back_fill(job=job)
    job.refresh_from_db()
    return job


def test_everything_is_read(connection: Connection, their_shop: TheirShop) -> None:
    job = fetched(connection)
    assert (job.status, job.error) == ("succeeded", "")
    assert Order.objects.count() == len(their_shop.orders)
    assert OrderItem.objects.count() == sum(len(order["line_items"]) for order in their_shop.orders.values())
    assert max(len(order["line_items"]) for order in their_shop.orders.values()) > 10  # more than one page
    assert set(Member.objects.exclude(email=None).values_list("email", flat=True)) >= {
        one["email"] for one in their_shop.customers.values()
    }
    skus = {variant["sku"] for one in their_shop.products.values() for variant in one["variants"]}
    assert set(Product.objects.filter(is_placeholder=False).values_list("sku", flat=True)) == skus
    connection.refresh_from_db()
    assert connection.fetched_until is not None


def test_messages_in_any_order_come_to_what_the_api_comes_to(
    connection: Connection, their_shop: TheirShop
) -> None:
    fetched(connection)
    by_api = end_state()
    empty_shop()
    messages = their_shop.messages + their_shop.messages[::3]
    random.Random(5).shuffle(messages)  # noqa: S311  # the same every time is meant
    for message in messages:
        context = Context(connection=connection, now=timezone.now(), reason=message.topic)
        apply_items(read_message(message.topic, message.data), context)
    by_messages = end_state()
    # only the API says what a till's place is called
    assert _without_places(by_messages) == _without_places(by_api)


def _without_places(state: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    return {**state, "orders": [(*row[:4], *row[5:]) for row in state["orders"]]}


def test_a_shop_that_was_read_is_asked_for_changes_only(
    connection: Connection, their_shop: TheirShop, faults: Faults
) -> None:
    fetched(connection)
    n_before = len(faults.requests)
    connection.refresh_from_db()
    Connection.objects.update(fetched_until=their_shop.now)  # the shop's time is not ours
    order = their_shop.new_order()
    assert request_changes() == 1
    run_back_fill(job=BackFill.objects.unfinished().get())
    assert Order.objects.filter(order_no=order["name"]).exists()
    assert len(faults.requests) - n_before < n_before / 2


def test_a_shop_that_was_never_read_is_not_asked_for_changes(connection: Connection) -> None:
    assert request_changes() == 0


def test_one_job_at_a_time(connection: Connection) -> None:
    first, _is_new = request_back_fill(connection=connection)
    assert request_back_fill(connection=connection) == (first, False)


def test_busy_and_broken_answers_are_asked_again_after_a_pause(
    connection: Connection, faults: Faults, pauses: list[float]
) -> None:
    faults.planned = [Response(429, {}, {"Retry-After": "2.5"}), Response(502), Response(503)]
    assert fetched(connection).status == "succeeded"
    assert pauses[0] == 2.5
    assert len(pauses) == 3


def test_a_shop_that_never_answers_is_said_to_be_away(connection: Connection, faults: Faults) -> None:
    faults.planned = [Response(503)] * 20
    job = fetched(connection)
    assert (job.status, shown(job.error)) == ("failed", "The shop answers with 503 again and again.")
    connection.refresh_from_db()
    assert connection.error == job.error


def test_a_wrong_token_is_said_in_words(connection: Connection) -> None:
    connection.keep_secret("access_token", "wrong")
    connection.save()
    assert "make a new one" in fetched(connection).error


def test_a_redirect_is_not_followed(connection: Connection, faults: Faults) -> None:
    with served(ShopifyApi(TheirShop()), faults=(elsewhere := Faults())) as address:
        faults.planned = [Response(302, None, {"Location": f"{address}/admin/api/x/graphql.json"})]
        assert "leads to another one" in fetched(connection).error
    assert not elsewhere.requests


def test_points_that_ran_out_are_waited_for(
    their_shop: TheirShop, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(seconds: float) -> None:
        pauses.append(seconds)
        time.sleep(seconds)

    monkeypatch.setattr("connectors.fetching.shopify.pause", wait)
    api = ShopifyApi(their_shop, points=1_000, restore_rate=5_000)
    with served(api) as address:
        connection = connect("shopify", shop_address=address, secrets={"access_token": TOKEN})
        assert fetched(connection).status == "succeeded"
    assert 0 < api.throttled < 2 * len(pauses)
    assert Order.objects.count() == len(their_shop.orders)


def test_a_job_whose_worker_died_goes_on_where_it_was(connection: Connection, faults: Faults) -> None:
    job, _is_new = request_back_fill(connection=connection)
    run_back_fill(job=job)
    whole = len(faults.requests)
    BackFill.objects.filter(pk=job.pk).update(
        status="running", steps_done=3, cursor="", lease_expires_at=timezone.now(), attempts=1
    )
    job.refresh_from_db()
    run_back_fill(job=job)
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("succeeded", 2)
    assert len(faults.requests) - whole < whole


def test_an_object_that_cannot_be_written_does_not_stop_the_others(
    connection: Connection, their_shop: TheirShop
) -> None:
    bad = next(iter(their_shop.orders.values()))
    bad["created_at"] = "yesterday"
    job = fetched(connection)
    assert (job.status, job.counts["refused"]) == ("succeeded", 1)
    assert Order.objects.count() == len(their_shop.orders) - 1


def test_a_whole_reading_that_failed_is_gone_on_with(connection: Connection, faults: Faults) -> None:
    fetched(connection)
    whole = len(faults.requests)
    empty_shop()
    faults.planned = [None] * (whole // 2) + [Response(503)] * 6
    first = fetched(connection)
    assert (first.status, first.steps_done > 0) == ("failed", True)
    n_before = len(faults.requests)
    assert fetched(connection).status == "succeeded"
    assert len(faults.requests) - n_before < whole


def test_a_reading_that_fails_twice_at_one_place_begins_again(connection: Connection, faults: Faults) -> None:
    for _attempt in range(2):
        faults.planned = [None] + [Response(503)] * 6 if not faults.requests else [Response(503)] * 6
        assert fetched(connection).status == "failed"
    job, _is_new = request_back_fill(connection=connection)
    assert (job.steps_done, job.cursor) == (0, "")


GONE = {"errors": [{"message": "Invalid cursor for current pagination sort.", "extensions": {}}]}
BROKEN = {"errors": [{"message": "Internal error.", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}


def test_an_error_of_the_moment_is_asked_again(
    connection: Connection, faults: Faults, pauses: list[float]
) -> None:
    faults.planned = [None, Response(200, BROKEN), Response(200, BROKEN)]
    assert fetched(connection).status == "succeeded"
    assert len(pauses) == 2


def test_a_place_that_the_shop_no_longer_knows_begins_its_kind_again(
    connection: Connection, their_shop: TheirShop, faults: Faults
) -> None:
    at = next(n for n, one in enumerate(_asked(connection, faults)) if one["variables"].get("after"))
    empty_shop()
    faults.planned = [None] * at + [Response(200, GONE)]
    job = fetched(connection)
    assert (job.status, job.error) == ("succeeded", "")
    assert Order.objects.count() == len(their_shop.orders)


def _asked(connection: Connection, faults: Faults) -> list[dict[str, Any]]:
    """What one reading of the whole shop asks."""
    fetched(connection)
    asked = [json.loads(one.body) for one in faults.requests]
    Connection.objects.update(fetched_until=None)
    return asked
