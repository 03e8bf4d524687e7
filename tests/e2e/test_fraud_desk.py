"""Risk staff work an alert, try a policy with the sliders, and write a rule that they try on past orders."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from fraud.models import DecisionPolicy, FraudAlert, FraudRule, PastScores
from tests.e2e.shop import small_shop
from tests.factories import ModelVersionFactory

pytestmark = pytest.mark.django_db(transaction=True)
OpenAdmin = Callable[..., Page]


def past_scores() -> None:
    """Frauds mostly score high; each order is worth ten to two hundred."""
    rng = np.random.default_rng(1)
    n = 2_000
    is_fraud = (rng.random(n) < 0.02).astype(np.int8)
    probability = np.clip(rng.beta(1, 30, n) + is_fraud * rng.beta(3, 2, n), 0, 0.999).astype(np.float32)
    columns: dict[str, Any] = {
        "order": np.arange(n), "probability": probability, "amount": rng.integers(10, 200, n).astype(float),
        "is_fraud": is_fraud, "day": np.arange(n) % 40, "weight": np.ones(n),
    }  # fmt: skip
    file = io.BytesIO()
    np.savez_compressed(file, **columns)
    ends = timezone.now()
    version = ModelVersionFactory(
        family="fraud", estimator="blend", parameters={"thresholds": {"review": 0.5, "decline": None}}
    )
    PastScores.objects.create(
        model_version=version, orders=n, frauds=int(is_fraud.sum()), begins_at=ends - timedelta(days=40),
        ends_at=ends, arrays=file.getvalue(),
    )  # fmt: skip


def test_an_alert_is_taken_noted_and_judged(open_admin: OpenAdmin, transactional_db: None) -> None:
    alert = small_shop().alert
    page = open_admin()
    page.goto("/admin/fraud/fraudalert/")
    page.get_by_text("SUSPECT-1").first.click()
    page.wait_for_url("**/change/")
    page.locator("#act button[value=take]").click()
    page.fill("#act-text", "rang the member")
    page.locator("#act button[value=note]").click()
    expect(page.locator("#notes")).to_contain_text("rang the member")
    page.locator("button[name=verdict][value=fraud]").click()
    expect(page.locator("#alert .rg-badge").first).to_have_text("Fraud")
    alert.refresh_from_db()
    assert alert.state == FraudAlert.State.CONFIRMED
    assert alert.assignee is not None


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_sliders_show_what_a_policy_would_have_cost(
    open_admin: OpenAdmin, transactional_db: None, width: int, dark: bool
) -> None:
    past_scores()
    page = open_admin(width=width, dark=dark)
    page.goto("/admin/fraud/decisionpolicy/add/")
    reviewed = page.locator("[data-figure=reviewed]")
    expect(reviewed).not_to_have_text("–")
    expect(page.locator("#curve polyline")).to_have_count(1)
    before = reviewed.inner_text()
    page.locator("input[type=range][data-for=id_review_cost]").fill("30")
    expect(reviewed).not_to_have_text(before)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert not DecisionPolicy.objects.exists()
    page.locator("#policy").get_by_role("button", name="Put into force").click()
    page.wait_for_url("**/decisionpolicy/")
    assert DecisionPolicy.objects.get().price == 30


def test_a_rule_is_mended_and_tried_on_past_orders(open_admin: OpenAdmin, transactional_db: None) -> None:
    small_shop()
    page = open_admin()
    page.goto("/admin/fraud/fraudrule/add/")
    page.fill("#id_name", "Large")
    page.fill("#id_text", "amuont > 100")
    page.locator("button[name=_continue], input[name=_continue]").first.click()
    expect(page.get_by_text("did you mean `amount`?").first).to_be_visible()
    page.fill("#id_text", "amount > 100")
    page.locator("button[name=_continue], input[name=_continue]").first.click()
    page.wait_for_url("**/change/")
    page.get_by_role("button", name="Try the saved rule").click()
    expect(page.locator("#backtest-hits")).to_have_text("1")
    assert FraudRule.objects.get().state == "draft"
