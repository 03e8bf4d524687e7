"""Logged decisions made again."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

import pytest

from fraud.models import Decision, DecisionLog, FraudRuleVersion, RuleState
from fraud.rules.fields import read_order_rule
from fraud.services.policies.rules import change_rule, create_rule
from fraud.services.replaying import replay_decision, replay_probability
from fraud.services.scoring import score_order
from membership.models import Order
from membership.rules.checking import everything
from registry.models import ModelVersion
from registry.services import NoLiveModel, versions
from tests.factories import OrderFactory

pytestmark = pytest.mark.django_db


def log_of(order: Any) -> DecisionLog:
    score_order(order=order)
    return DecisionLog.objects.latest("pk")


def rule(text: str, *, action: str = Decision.DECLINE, state: str = RuleState.LIVE) -> Any:
    draft = {"name": text, "action": action, "state": state}
    return create_rule(draft=draft, condition=read_order_rule(text=text, may=everything), user=None)


def test_without_a_model_the_review_is_made_again() -> None:
    replay = replay_decision(log=log_of(OrderFactory(total=500)))

    assert (replay.probability, replay.verdict.decision, replay.differences) == (None, Decision.REVIEW, [])


def test_a_decision_without_a_model_has_no_probability_to_compute() -> None:
    with pytest.raises(ValueError, match="No model took part"):
        replay_probability(log=log_of(OrderFactory()))


def test_rules_of_then_decide_after_they_were_changed() -> None:
    block = rule("amount > 5")
    log = log_of(OrderFactory(total=20))
    change_rule(rule=block, changes={"action": Decision.APPROVE}, condition=None, user=None)

    replay = replay_decision(log=log)

    assert replay.verdict.decision == log.decision == Decision.DECLINE
    assert replay.hits == [FraudRuleVersion.objects.get(number=1).pk]
    assert replay.differences == []


def test_a_rule_in_shadow_hits_and_does_not_decide() -> None:
    rule("amount > 5", state=RuleState.SHADOW)

    replay = replay_decision(log=log_of(OrderFactory(total=200)))

    assert len(replay.hits) == 1
    assert replay.verdict.decision == Decision.REVIEW


def test_what_differs_is_named_with_both_values() -> None:
    rule("amount > 5")
    log = log_of(OrderFactory(total=200))
    log.facts = {**log.facts, "order": {**log.facts["order"], "amount": 1.0}}
    logged = log.rules["hits"][0]["version"]

    replay = replay_decision(log=log)

    assert replay.differences == [
        "decision: was decline, is review",
        "decided by: was rule, is amount",
        f"rules hit: was [{logged}], is []",
    ]


def test_the_retired_model_gives_the_same_probability(live: ModelVersion, now: Any) -> None:
    order = Order.objects.latest("placed_at")
    log = log_of(order)
    ModelVersion.objects.filter(pk=live.pk).update(status=ModelVersion.Status.RETIRED)
    versions._loaded.clear()

    replay = replay_decision(log=DecisionLog.objects.get(pk=log.pk))

    assert replay.probability == log.probability
    assert replay.differences == []


def test_later_orders_and_labels_change_nothing(live: ModelVersion, now: Any) -> None:
    order = Order.objects.latest("placed_at")
    log = log_of(order)
    later = order.placed_at + timedelta(hours=1)
    OrderFactory(member=order.member, placed_at=later, device_fingerprint=order.device_fingerprint, total=900)
    Order.objects.filter(member=order.member).update(
        is_fraud=True, label_known_at=later, label_source=Order.LabelSource.CHARGEBACK
    )

    assert replay_decision(log=log).differences == []


def test_a_version_whose_file_is_gone_says_so(live: ModelVersion, now: Any) -> None:
    log = log_of(Order.objects.latest("placed_at"))
    shutil.rmtree(live.artefact)
    versions._loaded.clear()

    with pytest.raises(NoLiveModel):
        replay_decision(log=DecisionLog.objects.get(pk=log.pk))
