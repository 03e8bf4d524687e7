"""Events over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from membership.models import Event, Member, Product
from tests.api_client import key_client, member_client
from tests.factories import (
    MemberFactory,
    ModelVersionFactory,
    ProductFactory,
)

pytestmark = pytest.mark.django_db
PRODUCTS, EVENTS, SEGMENTS = "/api/v1/products/", "/api/v1/events/", "/api/v1/segments/"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def alice() -> Member:
    return MemberFactory(member_no="A1")


@pytest.fixture
def beans() -> Product:
    return ProductFactory(sku="BEANS", name="Coffee beans")


def event(**changes: Any) -> dict[str, Any]:
    return {"member": "A1", "type": "view", "sku": "BEANS", "occurred_at": "2026-03-02T12:00:00Z", **changes}


def test_one_event_is_stored_once(alice, beans):
    client = key_client("events:write")
    first, second = client.post(EVENTS, event()), client.post(EVENTS, event())
    assert (first.status_code, second.status_code) == (201, 200)
    assert (first.data["created"], second.data["duplicate"]) == (1, 1)
    assert Event.objects.get().product == beans


def test_a_search_needs_no_product_and_is_stored_once_too(alice):
    client = key_client("events:write")
    for _ in range(2):
        client.post(EVENTS, event(type="search", sku="", query="tea"))
    assert Event.objects.get().query == "tea"


def test_a_batch_has_a_result_for_each(alice, beans):
    batch = [
        event(), event(), event(member="nobody"), event(type="dance"), event(sku=""), "no event",
        event(occurred_at="2099-01-01T00:00:00Z"), event(session="s2"),
    ]  # fmt: skip
    answer = key_client("events:write").post(EVENTS, batch)
    words = [result["status"] for result in answer.data["results"]]
    assert words == ["created", "duplicate"] + ["rejected"] * 5 + ["created"]
    assert [result["errors"][0]["field"] for result in answer.data["results"][2:7]] == [
        "member", "type", "sku", "", "occurred_at",
    ]  # fmt: skip
    assert Event.objects.count() == 2


def test_a_single_wrong_event_is_400(alice):
    answer = key_client("events:write").post(EVENTS, event())
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (400, "sku")


def test_a_thousand_events_are_taken_in_few_queries(alice, beans, django_assert_max_num_queries):
    batch = [event(session=f"s{n}") for n in range(1_000)]
    client = key_client("events:write")
    with django_assert_max_num_queries(18):
        answer = client.post(EVENTS, batch)
    assert answer.data["created"] == Event.objects.count() == 1_000
    assert client.post(EVENTS, [event()] * 1_001).status_code == 400


def test_an_event_names_the_model_that_was_shown(alice, beans):
    version = ModelVersionFactory()
    client = key_client("events:write")
    assert client.post(EVENTS, event(model_version=str(version))).status_code == 201
    assert Event.objects.get().model_version == version
    assert client.post(EVENTS, event(model_version="recommendations v99", session="x")).status_code == 400


def test_a_member_sends_events_of_their_own_only(alice, beans):
    client = member_client(MemberFactory(member_no="B1"))
    assert client.post(EVENTS, event()).status_code == 400
    body = event()
    del body["member"]
    assert client.post(EVENTS, body).status_code == 201
    assert Event.objects.get().member.member_no == "B1"
