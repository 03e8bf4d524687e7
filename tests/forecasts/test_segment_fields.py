"""What rules ask about forecasts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from membership.rules.checking import everything
from membership.rules.compiling import members_of
from membership.rules.reading import BadRule, read_rule
from membership.rules.registry import Pii, segment_fields
from tests.factories import ForecastFactory, MemberFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("churn_risk >= 0.5", True),
        ("churn_risk < 0.5", False),
        ("p_active between 0.1 and 0.3", True),
        ("order_chance_7d = 0.125", True),
        ("expected_orders_90d > 11", True),
        ("expected_spend_365d >= 445", True),
        ("lifetime_value = 900", True),
        ("next_order_at = 2026-03-05", True),
        ("next_order_at in next 7d", True),
        ("next_order_at is unset", False),
    ],
)
def test_a_forecast_is_a_field_like_any_other(noon, text, finds) -> None:
    row = ForecastFactory(
        churn_risk=0.75, p_active=0.25, order_chance_7d=0.125, lifetime_value=Decimal(900),
        next_order_q10=None, next_order_q50=date(2026, 3, 5), next_order_q90=None,
    )  # fmt: skip

    members = members_of(read_rule(text=text, may=everything), as_of=noon)

    assert (list(members) == [row.member]) is finds


@pytest.mark.parametrize("text", ["churn_risk >= 0", "not churn_risk >= 0", "churn_risk is set"])
def test_a_member_without_a_forecast_is_unknown(noon, text) -> None:
    member = MemberFactory()

    members = list(members_of(read_rule(text=text, may=everything), as_of=noon))

    assert members == ([member] if text.startswith("not") else [])


def test_forecasts_need_their_own_permission_and_are_personal() -> None:
    fields = [one for one in segment_fields().values() if one.scope == "forecasts:read"]

    assert len(fields) == 11
    assert {(one.permission, one.pii) for one in fields} == {("forecasts.view_forecast", Pii.PERSONAL)}
    with pytest.raises(BadRule, match="unknown field"):
        read_rule(text="churn_risk > 0.5", may=lambda field: field.scope != "forecasts:read")
