from __future__ import annotations

from datetime import timedelta

import pytest

from fraud.models import FraudRuleVersion, ListEntry, Suppression
from fraud.rules.fields import read_order_rule
from fraud.services.policies.in_force import in_force, present
from fraud.services.policies.rules import change_rule, create_rule
from membership.rules.checking import everything
from tests.factories import NOON, MemberFactory, ModelVersionFactory, OrderFactory

pytestmark = pytest.mark.django_db


def rule(name: str = "large", state: str = "live"):
    condition = read_order_rule(text="amount > 5", may=everything)
    return create_rule(
        draft={"name": name, "action": "review", "state": state}, condition=condition, user=None
    )


def suppressed(order, **fields) -> bool:
    usual = {"member": order.member, "device": "", "until": NOON + timedelta(days=1)}
    Suppression.objects.create(reason="known", created_at=NOON - timedelta(days=1), **{**usual, **fields})
    return present(order, at=NOON).is_suppressed


def test_live_and_shadow_rules_are_evaluated_and_drafts_are_not():
    live, _draft, watched = rule("a"), rule("b", "draft"), rule("c", "shadow")
    active = {one.rule_id: one.is_live for one in in_force().rules}
    assert active == {live.pk: True, watched.pk: False}


def test_a_change_applies_to_the_next_order():
    made = rule()
    before = in_force()
    condition = read_order_rule(text="amount > 9", may=everything)
    change_rule(rule=made, changes={}, condition=condition, user=None)
    (after,) = in_force().rules

    assert before.rules[0].version_id != after.version_id
    assert after.version_id == FraudRuleVersion.objects.order_by("-number")[0].pk


def test_nothing_changed_costs_one_query(django_assert_num_queries):
    rule()
    in_force()
    with django_assert_num_queries(1):
        in_force()


def test_an_unreadable_rule_is_not_evaluated(caplog):
    made, other = rule("a"), rule("b")
    FraudRuleVersion.objects.create(
        rule=made, number=2, name="a", action="review", state="live", condition={"all": "nonsense"}
    )
    assert [one.rule_id for one in in_force().rules] == [other.pk]
    assert "cannot be read" in caplog.text


def test_entries_that_name_the_order_apply_until_they_expire():
    order = OrderFactory(device_fingerprint="d1")
    for value, expires in [("d1", None), ("d2", None)]:
        ListEntry.objects.create(kind="device", value=value, action="block", expires_at=expires)

    assert [(e["kind"], e["action"]) for e in present(order, at=NOON).listed] == [("device", "block")]
    ListEntry.objects.update(expires_at=NOON)
    assert present(order, at=NOON).listed == ()


def test_an_entry_of_another_kind_with_the_same_value_does_not_apply():
    ListEntry.objects.create(kind="ip", value="d1", action="block")
    assert present(OrderFactory(device_fingerprint="d1"), at=NOON).listed == ()


def test_suppression_of_the_member_counts_until_it_ends_or_is_lifted():
    assert suppressed(OrderFactory())
    assert not suppressed(OrderFactory(), until=NOON)
    assert not suppressed(OrderFactory(), lifted_at=NOON - timedelta(hours=1))
    assert not suppressed(OrderFactory(), member=MemberFactory())


def test_suppression_of_a_device_counts_for_orders_from_it():
    assert suppressed(OrderFactory(device_fingerprint="till"), member=None, device="till")
    assert not present(OrderFactory(device_fingerprint=""), at=NOON).is_suppressed


def test_the_live_fraud_model_is_named():
    assert present(OrderFactory(), at=NOON).live_id is None
    ModelVersionFactory()  # recommendations
    live = ModelVersionFactory(family="fraud")
    assert present(OrderFactory(), at=NOON).live_id == live.pk
