from __future__ import annotations

import json
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from fraud.rules.asking import EvaluatedRule, ask_rules, describes
from fraud.rules.facts import member_leaves
from fraud.rules.fields import read_order_rule
from membership.rules.checking import everything
from tests.factories import NOON, MemberFactory, OrderFactory


def active_rule(number: int, text: str, *, is_live: bool = True) -> EvaluatedRule:
    node = read_order_rule(text=text, may=everything)
    return EvaluatedRule(number, number, f"rule {number}", node, "review", is_live)


def test_facts_of_a_log_decide_as_at_checkout():
    node = read_order_rule(text="amount > 5 and channel = web and country = US", may=everything)
    (text,) = member_leaves([node])
    members = {text: True}

    assert describes(node, facts={"amount": 6.0, "channel": "web"}, members=members)
    assert not describes(node, facts={"amount": 6.0, "channel": None}, members=members)
    assert not describes(node, facts={"amount": None, "channel": "web"}, members=members)
    assert not describes(node, facts={"amount": 6.0, "channel": "web"}, members={text: False})


@pytest.mark.django_db
def test_many_rules_take_two_queries(django_assert_num_queries: DjangoAssertNumQueries):
    member = MemberFactory(country="US")
    order = OrderFactory(member=member, device_fingerprint="d1")
    rules = [
        active_rule(n, f"country = US and orders_same_device.{n}h >= 1 and amount > {n}") for n in (1, 2, 3)
    ]

    with django_assert_num_queries(2):
        outcome = ask_rules(rules, order=order, probability=0.5)
    assert [hit.version_id for hit in outcome.hits] == [1, 2, 3]


@pytest.mark.django_db
def test_the_log_names_the_evaluated_rules_and_those_that_hit():
    order = OrderFactory(placed_at=NOON + timedelta(hours=1))
    outcome = ask_rules(
        [active_rule(1, "amount > 5"), active_rule(2, "amount > 50", is_live=False)],
        order=order,
        probability=None,
    )
    logged = json.loads(json.dumps(outcome.as_logged()))

    assert logged == {
        "asked": [1, 2], "hits": [{"version": 1, "name": "rule 1", "action": "review", "live": True}],
    }  # fmt: skip
    assert outcome.facts == {"amount": 10.0}


def test_without_rules_nothing_is_evaluated_and_nothing_logged(
    django_assert_num_queries: DjangoAssertNumQueries,
):
    outcome = ask_rules([], order=OrderFactory.build(), probability=None)

    assert outcome.as_logged() == {}
    assert (outcome.hits, outcome.facts) == ((), {})


@pytest.mark.django_db
def test_rules_may_ask_for_the_models_probability():
    order = OrderFactory()
    rule = active_rule(1, "probability >= 0.5")

    assert ask_rules([rule], order=order, probability=0.5).hits
    assert not ask_rules([rule], order=order, probability=0.4).hits
    assert not ask_rules([rule], order=order, probability=None).hits
