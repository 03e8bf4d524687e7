"""Working on an alert, and the pages of rules, lists and the policy."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fraud.models import (
    DecisionPolicy,
    FraudAlert,
    FraudRule,
    ListEntry,
    PastScores,
    Suppression,
)
from fraud.services.policies.past_scores import past_orders
from fraud.services.policies.policy import Costs
from fraud.services.policies.simulation import price_for, simulate
from tests.factories import (
    AdminFactory,
    FraudAlertFactory,
    FraudScoreFactory,
    ModelVersionFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(AdminFactory())
    return client


@pytest.fixture
def past() -> PastScores:
    """Ten days: two frauds of 100 seen at .9 and .01, and ninety-eight good orders of 10 at .1."""
    version = ModelVersionFactory(
        family="fraud", estimator="logistic", parameters={"thresholds": {"review": 0.5, "decline": None}}
    )
    n = 100
    columns = {
        "order": np.arange(n), "probability": np.r_[0.9, 0.01, np.full(n - 2, 0.1)].astype(np.float32),
        "amount": np.r_[100.0, 100.0, np.full(n - 2, 10.0)], "is_fraud": np.r_[1, 1, np.zeros(n - 2)],
        "day": np.arange(n) % 10, "weight": np.ones(n),
    }  # fmt: skip
    file = io.BytesIO()
    np.savez_compressed(file, **columns)
    ends = timezone.now()
    return PastScores.objects.create(
        model_version=version, orders=n, frauds=2, begins_at=ends - timedelta(days=10), ends_at=ends,
        arrays=file.getvalue(),
    )  # fmt: skip


def act(client: Client, alert: FraudAlert, **data: object) -> FraudAlert:
    client.post(reverse("admin:fraud_fraudalert_act", args=(alert.pk,)), data)
    alert.refresh_from_db()
    return alert


def test_an_alert_is_taken_noted_and_put_off(boss):
    alert = FraudAlertFactory()
    act(boss, alert, do="take")
    act(boss, alert, do="note", text="rang twice")
    act(boss, alert, do="snooze", days=3)
    page = boss.get(reverse("admin:fraud_fraudalert_change", args=(alert.pk,))).content.decode()
    assert alert.assignee is not None
    assert "rang twice" in page
    queue = boss.get(reverse("admin:fraud_fraudalert_changelist")).content.decode()
    assert alert.order.order_no not in queue


def test_a_trusted_member_is_suppressed_with_a_reason(boss):
    alert = FraudAlertFactory()
    act(boss, alert, do="suppress_member", days=5)
    assert not Suppression.objects.exists()
    act(boss, alert, do="suppress_member", days=5, text="known to us")
    assert Suppression.objects.get().member == alert.order.member


def test_who_may_not_review_may_not_act():
    client, alert = Client(), FraudAlertFactory()
    client.force_login(StaffFactory())
    url = reverse("admin:fraud_fraudalert_act", args=(alert.pk,))
    assert client.post(url, {"do": "take"}).status_code == 403


def test_past_orders_show_what_a_setting_costs(past):
    orders = past_orders()
    assert orders is not None
    simulation = simulate(orders, Costs(3, 0.3, None, "USD"), review_cost=3, margin=0.3)
    assert (simulation["reviewed"], simulation["frauds_stopped"], simulation["cost"]) == (1, 1, 103.0)
    assert price_for(orders, reviews_per_day=1, review_cost=0.5) == pytest.approx(1.0)


def test_a_policy_is_tried_and_counts_once_it_is_saved(boss, past):
    chosen = {"method": "cost", "review_cost": "3", "margin": "0.3", "reviews_per_day": "10"}
    tried = boss.get(reverse("admin:fraud_decisionpolicy_simulate"), chosen).json()
    assert tried["figures"]["cost"] == 103.0
    assert tried["curve"]
    assert not DecisionPolicy.objects.exists()
    url = reverse("admin:fraud_decisionpolicy_add")
    assert "What it would have meant" in boss.get(url).content.decode()
    assert boss.post(url, chosen).status_code == 302
    saved = DecisionPolicy.objects.get()
    assert (saved.price, saved.expected["cost"]) == (Decimal(3), 103.0)
    assert saved.model_version == past.model_version
    assert boss.get(reverse("admin:fraud_decisionpolicy_change", args=(saved.pk,))).status_code == 200


def test_in_a_new_shop_the_amount_is_set_before_there_is_anything_to_try_it_on(boss):
    page = boss.get(reverse("admin:fraud_decisionpolicy_add")).content.decode()
    assert 'value="100"' in page
    assert "Known so far: 0" in page
    url = reverse("admin:fraud_decisionpolicy_without_model")
    assert boss.post(url, {"review_from": "-1"}).status_code == 200
    assert not DecisionPolicy.objects.exists()
    assert boss.post(url, {"review_from": "49.95", "reason": "start small"}).status_code == 302
    saved = DecisionPolicy.objects.get()
    assert (saved.method, saved.review_from, saved.note) == ("model", Decimal("49.95"), "start small")
    assert 'value="49.95"' in boss.get(reverse("admin:fraud_decisionpolicy_add")).content.decode()
    assert boss.get(reverse("admin:fraud_decisionpolicy_change", args=(saved.pk,))).status_code == 200


def test_only_risk_may_set_the_policy(past):
    client = Client()
    client.force_login(StaffFactory())
    assert client.get(reverse("admin:fraud_decisionpolicy_add")).status_code == 403
    assert client.get(reverse("admin:fraud_decisionpolicy_simulate")).status_code == 403
    amount = client.post(reverse("admin:fraud_decisionpolicy_without_model"), {"review_from": "1"})
    assert amount.status_code == 403


def test_a_rule_is_written_and_tried_in_the_admin(boss):
    FraudAlertFactory(order__placed_at=timezone.now())
    form = {"name": "large", "description": "", "text": "amount > 5", "action": "review", "state": "draft"}
    wrong = boss.post(reverse("admin:fraud_fraudrule_add"), {**form, "text": "amuont > 5"})
    assert "did you mean `amount`" in wrong.content.decode()
    assert boss.post(reverse("admin:fraud_fraudrule_add"), form).status_code == 302
    rule = FraudRule.objects.get()
    boss.post(reverse("admin:fraud_fraudrule_backtest", args=(rule.pk,)), {"days": "30"})
    url = reverse("admin:fraud_fraudrule_change", args=(rule.pk,))
    assert '<dd id="backtest-hits">1</dd>' in boss.get(url).content.decode()
    assert boss.post(url, {**form, "state": "live"}).status_code == 302
    assert rule.versions.count() == 2


def test_a_list_entry_is_checked_in_the_admin(boss):
    url = reverse("admin:fraud_listentry_add")
    form = {"action": "block", "kind": "ip", "value": "nonsense", "reason": ""}
    assert "is not an IP address" in boss.post(url, form).content.decode()
    assert boss.post(url, {**form, "value": "203.0.113.7"}).status_code == 302
    assert ListEntry.objects.get().value == "203.0.113.7/32"


def test_the_columns_of_the_scores_are_chinese_in_chinese(boss):
    FraudScoreFactory(order__order_no="WEB-77")
    address = reverse("admin:fraud_fraudscore_changelist")
    page = boss.get(address, headers={"accept-language": "zh-hans"}).content.decode()
    assert "WEB-77" in page
    assert ">Order<" not in "".join(page.split())
