from __future__ import annotations

import pytest

from fraud.models import FraudRule, FraudRuleVersion, RuleState
from fraud.rules.fields import read_order_rule
from fraud.services.policies.rules import change_rule, create_rule, delete_rule, rule_text
from membership.errors import Conflict, Rejected
from membership.rules.checking import everything
from membership.rules.nodes import Node
from tests.factories import AdminFactory

pytestmark = pytest.mark.django_db


def condition(text: str = "amount > 5") -> Node:
    return read_order_rule(text=text, may=everything)


def made(name: str = "large", **draft: str) -> FraudRule:
    return create_rule(draft={"name": name, "action": "review", **draft}, condition=condition(), user=None)


def numbers(rule: FraudRule) -> list[int]:
    return list(
        FraudRuleVersion.objects.filter(rule=rule).order_by("number").values_list("number", flat=True)
    )


def test_a_new_rule_is_a_draft_with_a_first_version():
    user = AdminFactory()
    rule = create_rule(draft={"name": "large", "action": "decline"}, condition=condition(), user=user)
    version = FraudRuleVersion.objects.get()

    assert rule.state == version.state == RuleState.DRAFT
    assert (version.number, version.changed_by, version.action) == (1, user, "decline")


def test_a_change_is_a_new_version_and_the_old_one_stays():
    rule = made()
    change_rule(rule=rule, changes={"state": "live"}, condition=condition("amount > 9"), user=None)
    first, second = FraudRuleVersion.objects.filter(rule=rule).order_by("number")

    assert (first.state, rule_text(first)) == ("draft", "amount > 5")
    assert (second.state, rule_text(second)) == ("live", "amount > 9")


def test_a_change_to_the_same_writes_nothing():
    rule = made()
    before = FraudRule.objects.get().changed_at
    change_rule(rule=rule, changes={"name": "large"}, condition=condition(), user=None)

    assert numbers(rule) == [1]
    assert FraudRule.objects.get().changed_at == before


def test_a_name_is_taken_once_and_the_refused_change_leaves_no_version():
    made("large")
    other = made("small")
    with pytest.raises(Conflict, match="large"):
        made("large")
    with pytest.raises(Conflict, match="large"):
        change_rule(rule=other, changes={"name": "large"}, condition=None, user=None)

    assert FraudRuleVersion.objects.count() == 2


def test_a_deleted_rule_leaves_its_versions():
    rule = made()
    delete_rule(rule=rule, user=None)
    versions = FraudRuleVersion.objects.order_by("number")

    assert not FraudRule.objects.exists()
    assert [version.state for version in versions] == ["draft", "deleted"]
    assert {version.rule_id for version in versions} == {None}


def test_deleted_is_no_state_to_choose():
    with pytest.raises(Rejected):
        made(state="deleted")
    rule = made()
    with pytest.raises(Rejected):
        change_rule(rule=rule, changes={"state": "deleted"}, condition=None, user=None)

    assert not FraudRule.objects.filter(state="deleted").exists()


def test_a_condition_that_cannot_be_read_is_shown_as_it_is_stored():
    rule = made()
    FraudRule.objects.update(condition={"version": 99, "what": "is this"})
    rule.refresh_from_db()

    assert "99" in rule_text(rule)
