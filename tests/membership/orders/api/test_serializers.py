"""Orders and events as they come in."""

from __future__ import annotations

import pytest

from membership.models import Order
from membership.orders.api.event_serializers import EventInput
from membership.orders.api.serializers import MAX_LINES, OrderInput, OrderOutput, StaffOrderOutput

LINE = {"sku": "TEA", "quantity": 1}


def order(**changes: object) -> OrderInput:
    return OrderInput(data={"member": "A1", "order_no": "W-1", "lines": [LINE], **changes})


def test_an_order_needs_little_and_has_defaults() -> None:
    given = order()

    assert given.is_valid()
    assert (given.validated_data["status"], given.validated_data["channel"]) == ("paid", "web")
    assert "placed_at" not in given.validated_data


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [LINE] * (MAX_LINES + 1)}, "lines"),
        ({"lines": [{**LINE, "quantity": 0}]}, "lines"),
        ({"lines": [{**LINE, "unit_price": "-1"}]}, "lines"),
        ({"order_no": "  "}, "order_no"),
        ({"currency": "XXZ"}, "currency"),
        ({"status": "shipped"}, "status"),
        ({"channel": "fax"}, "channel"),
        ({"ip": "300.1.1.1"}, "ip"),
        ({"placed_at": "2999-01-01T00:00:00Z"}, "placed_at"),
        ({"total": "-0.01"}, "total"),
    ],
)
def test_an_invalid_order_is_refused_by_field(changes, field) -> None:
    given = order(**changes)

    assert not given.is_valid()
    assert set(given.errors) == {field}


def test_countries_and_addresses_come_in_clean() -> None:
    given = order(billing_country="Germany", ip="::ffff:192.0.2.1", currency="eur")

    assert given.is_valid()
    values = given.validated_data
    assert (values["billing_country"], values["ip"], values["currency"]) == ("DE", "192.0.2.1", "EUR")


def test_members_see_no_traces_and_no_label_of_their_orders() -> None:
    hidden = set(StaffOrderOutput.Meta.fields) - set(OrderOutput.Meta.fields)

    assert {"ip", "device_fingerprint", "payment_fingerprint", "is_fraud", "label_source"} <= hidden
    assert set(StaffOrderOutput.Meta.fields) - {"id"} <= {field.name for field in Order._meta.fields}


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"type": "sniff"}, "type"), ({"sku": ""}, "sku"), ({"session": "x" * 65}, "session")],
)
def test_an_invalid_event_is_refused_by_field(changes, field) -> None:
    given = EventInput(data={"member": "A1", "type": "view", "sku": "TEA", **changes})

    assert not given.is_valid()
    assert set(given.errors) == {field}


def test_a_search_needs_no_product() -> None:
    assert EventInput(data={"member": "A1", "type": "search", "query": "tea"}).is_valid()
