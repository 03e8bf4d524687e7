"""Lists, rules and the policy at checkout, without a model: what staff wrote has the last word."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from fraud.models import (
    DecidedBy,
    Decision,
    DecisionLog,
    FraudRule,
    ListEntry,
    NeverChangedError,
    RuleHit,
    RuleState,
)
from fraud.rules.fields import read_order_rule
from fraud.services.deciding import Circumstances, decide
from fraud.services.desk.links import links_of_order
from fraud.services.policies.backtests import request_backtest
from fraud.services.policies.lists import add_entry
from fraud.services.policies.policy import Costs, Thresholds
from fraud.services.policies.rules import change_rule, create_rule, delete_rule
from fraud.services.replaying import replay_decision
from fraud.services.scoring import score_order
from membership.errors import Conflict, Rejected
from membership.rules.checking import everything
from membership.rules.reading import BadRule
from tests.factories import NOON, MemberFactory, OrderFactory

pytestmark = pytest.mark.django_db


def rule(text: str, action: str = "review", state: str = "live", name: str = "") -> FraudRule:
    draft = {"name": name or text[:80], "action": action, "state": state}
    return create_rule(draft=draft, condition=read_order_rule(text=text, may=everything), user=None)


def block(kind: str, value: str, **more: Any) -> ListEntry:
    return add_entry(draft={"action": "block", "kind": kind, "value": value, **more}, user=None)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("device", "d1"), ("instrument", "p1"), ("address", "a1"), ("ip", "203.0.113.0/24"),
     ("email", "Thief@Mail.Example.net"), ("phone", "+12125550199"), ("member", "M7"),
     ("domain", "example.net"), ("domain", "*@mail.example.net")],
)  # fmt: skip
def test_an_order_that_a_block_list_names_is_declined(kind, value):
    member = MemberFactory(member_no="M7", email="thief@mail.example.net", phone="+12125550199")
    block(kind, value)
    order = OrderFactory(
        member=member, device_fingerprint="d1", payment_fingerprint="p1", address_fingerprint="a1",
        ip="203.0.113.9",
    )  # fmt: skip
    score = score_order(order=order)
    assert (score.decision, score.decided_by) == (Decision.DECLINE, DecidedBy.BLOCK_LIST)
    assert score.reasons[0]["code"] == "block_list"
    assert score_order(order=OrderFactory()).decision == Decision.APPROVE


def test_an_entry_that_has_expired_stops_nobody():
    entry = block("device", "d1", expires_at=timezone.now() + timedelta(days=1))
    ListEntry.objects.filter(pk=entry.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert score_order(order=OrderFactory(device_fingerprint="d1")).decided_by == DecidedBy.AMOUNT


@pytest.mark.parametrize(
    ("kind", "value"), [("ip", "0.0.0.0/0"), ("ip", "x"), ("email", "x"), ("phone", "1")]
)
def test_a_value_that_names_nobody_or_everybody_is_refused(kind, value):
    with pytest.raises(Rejected):
        block(kind, value)


def test_a_value_is_on_one_list_only():
    block("device", "d1")
    with pytest.raises(Conflict):
        block("device", "d1")


def test_the_order_of_precedence():
    def verdict(**given: Any) -> tuple[str, str]:
        made = decide(Circumstances(probability=0.5, amount=10, setting=Thresholds(0.1, None), **given))
        return made.decision.value, made.decided_by.value

    both = ("block", "allow")
    assert verdict(listed=both, rule_actions=["approve"]) == ("decline", "block_list")
    assert verdict(listed=["allow"], rule_actions=["decline"]) == ("approve", "allow_list")
    assert verdict(rule_actions=["approve", "decline", "review"]) == ("decline", "rule")
    assert verdict(rule_actions=["approve", "review"]) == ("review", "rule")
    assert verdict(rule_actions=["approve"]) == ("approve", "rule")
    assert verdict() == ("review", "policy")
    assert verdict(is_suppressed=True) == ("approve", "suppressed")


def test_costs_choose_whatever_is_cheapest():
    costs = Costs(price=3, margin=0.3, decline_from=0.9, currency="USD")
    assert costs.decide(0.02, amount=100) == Decision.APPROVE
    assert costs.decide(0.2, amount=100) == Decision.REVIEW
    assert costs.decide(0.99, amount=100) == Decision.DECLINE
    assert costs.decide(0.95, amount=1_000) == Decision.REVIEW  # 15 of margin is dearer than a look


def test_rules_ask_orders_counters_and_members():
    rule("amount > 100 and new_device = true and country = US", action="decline", name="loud")
    rule("orders_same_device.1h >= 3", action="review", name="fast")
    member = MemberFactory(country="US")
    loud = OrderFactory(member=member, total=Decimal("100.01"), device_fingerprint="d9")
    assert score_order(order=loud).decision == Decision.DECLINE
    fast = [OrderFactory(placed_at=NOON + timedelta(minutes=n), device_fingerprint="d7") for n in range(3)]
    decided = [score_order(order=order).decided_by for order in fast]
    assert decided == [DecidedBy.AMOUNT, DecidedBy.AMOUNT, DecidedBy.RULE]
    assert RuleHit.objects.filter(rule__name="fast").count() == 1


def test_a_rule_in_shadow_is_noted_and_does_nothing():
    rule("amount > 1", action="decline", state="shadow")
    score = score_order(order=OrderFactory())
    assert score.decided_by == DecidedBy.AMOUNT
    assert RuleHit.objects.get().had_effect is False


def test_a_mistake_in_a_rule_says_where_and_what_was_meant():
    with pytest.raises(BadRule) as refusal:
        rule("amuont > 5 and orders_same_devise.1h >= 2")
    first, second = refusal.value.problems
    assert (first.place.column, first.suggestion) == (1, "amount")
    assert second.suggestion.startswith("orders_same_device")


def test_a_decision_is_made_again_from_its_log_after_the_rule_is_gone():
    made = rule("amount > 5 and country = US", action="decline")
    score_order(order=OrderFactory(member__country="US"))
    change_rule(rule=made, changes={"state": RuleState.RETIRED}, condition=None, user=None)
    delete_rule(rule=made, user=None)
    replay = replay_decision(log=DecisionLog.objects.get())
    assert replay.differences == []
    assert replay.verdict.decision == Decision.DECLINE


def test_a_logged_decision_is_never_changed():
    score_order(order=OrderFactory())
    log = DecisionLog.objects.get()
    log.decision = Decision.DECLINE
    for change in (log.save, log.delete, lambda: DecisionLog.objects.update(decision="decline")):
        with pytest.raises(NeverChangedError):
            change()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE fraud_decisionlog SET decision = 'decline'")
    assert DecisionLog.objects.get().decision == Decision.APPROVE


def test_a_back_test_counts_hits_frauds_and_money():
    for n, (amount, is_fraud) in enumerate([(200, True), (300, False), (20, True), (400, None)]):
        known = {"is_fraud": is_fraud, "label_known_at": NOON, "label_source": "import"}
        OrderFactory(
            total=Decimal(amount), placed_at=NOON - timedelta(days=n + 1),
            **(known if is_fraud is not None else {}),
        )  # fmt: skip
    made = rule("amount > 100", state="draft")
    backtest = request_backtest(
        rule=made, condition=read_order_rule(text="amount > 100", may=everything), action="review",
        days=30, user=None, until=NOON,
    )  # fmt: skip
    assert backtest.status == "succeeded", backtest.error
    wanted = {"orders": 4, "hits": 3, "frauds": 1, "labelled": 2, "known_frauds": 2, "precision": 0.5}
    assert {name: backtest.result[name] for name in wanted} == wanted
    assert (backtest.result["fraud_amount"], backtest.result["genuine_amount"]) == ("200.00", "300.00")


def test_members_are_linked_by_what_they_share():
    order = OrderFactory(device_fingerprint="d1", ip="203.0.113.9", address_fingerprint="a1")
    other = OrderFactory(device_fingerprint="d1", ip="203.0.113.9")
    OrderFactory()
    (link,) = links_of_order(order)
    assert (link.member, link.via, link.orders) == (other.member, ["device_fingerprint", "ip"], 1)
