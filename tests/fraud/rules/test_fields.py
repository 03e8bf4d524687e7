from __future__ import annotations

import pytest

from fraud.ml.orders.facts import FACTS
from fraud.rules.fields import ORDER_FIELDS, find_order_field, read_order_rule, usual_counters
from membership.rules.checking import everything
from membership.rules.json_form import to_json
from membership.rules.language import render
from membership.rules.reading import BadRule
from membership.rules.registry import FieldType


def problems(text: str) -> list[str]:
    with pytest.raises(BadRule) as refusal:
        read_order_rule(text=text, may=everything)
    return [str(one.message) for one in refusal.value.problems]


@pytest.mark.parametrize("name", ORDER_FIELDS)
def test_every_field_has_a_fact_behind_it(name: str):
    assert name in FACTS


def test_every_fact_is_a_field():
    assert set(FACTS) == set(ORDER_FIELDS)


def test_counters_are_fields_of_whole_numbers_or_money():
    orders, amount = find_order_field("orders_same_device.1h"), find_order_field("amount_member.7d")

    assert orders is not None
    assert amount is not None
    assert (orders.type, amount.type) == (FieldType.INTEGER, FieldType.DECIMAL)
    assert find_order_field("orders_same_colour.1h") is None


def test_every_counter_that_is_offered_exists():
    offered = usual_counters()

    assert len(offered) == len(set(offered)) > 80
    assert all(find_order_field(name) is not None for name in offered)
    assert "devices_same_device.1h" not in offered


def test_a_rule_is_read_from_its_json_as_from_its_text():
    from_text = read_order_rule(text="amount > 5 and orders_member.3h >= 2", may=everything)
    from_json = read_order_rule(data=to_json(from_text), may=everything)

    assert render(from_json) == render(from_text)


@pytest.mark.parametrize(
    "text",
    ["channel = pigeon", "weekday = someday", "shipping_country = ZZ", "currency = XXQ", "amount > many"],
)
def test_invalid_values_are_refused(text: str):
    assert problems(text)


@pytest.mark.parametrize(
    ("text", "stored"),
    [("shipping_country = us", "US"), ("currency = usd", "USD"), ("channel = web", "web")],
)
def test_codes_are_cleaned(text: str, stored: str):
    assert stored in render(read_order_rule(text=text, may=everything))


def test_all_mistakes_are_reported_at_once():
    assert len(problems("amuont > 5 and chanel = web and amount > many")) == 3


def test_a_field_that_may_not_be_seen_is_refused():
    with pytest.raises(BadRule):
        read_order_rule(text="amount > 5", may=lambda field: False)
