"""When a rule may next say something else about a member who does nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from membership.loyalty.ledger import add_points
from membership.rules.checking import everything
from membership.rules.due import next_change
from membership.rules.reading import read_rule
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def rule(text: str):
    return read_rule(text=text, may=everything)


def test_relative_dates_move_at_the_shops_midnight(settings) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    assert next_change(rule("last_order_at < -60d"), as_of=now) == datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert next_change(rule("bought(within: 30d)"), as_of=now) == datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert next_change(rule("tier = gold"), as_of=now) is None


def test_a_relative_date_inside_a_group_counts(settings) -> None:
    settings.TIME_ZONE = "UTC"

    nested = rule("tier = gold and not (country = US or joined_at >= -7d)")

    assert next_change(nested, as_of=NOW) == datetime(2026, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["points >= 5", "birth_date < 2000-01-01", 'bought(category: "Tea")', 'name = "x"']
)
def test_a_rule_without_relative_dates_and_expiring_points_never_changes(text) -> None:
    from tests.factories import CategoryFactory

    CategoryFactory(name="Tea", path="Tea")

    assert next_change(rule(text), as_of=NOW) is None


def test_points_change_at_the_first_expiry_that_is_still_to_come() -> None:
    member = MemberFactory()
    for days in (-3, 9, 4):
        add_points(
            member=member,
            points=5,
            reason="gift",
            at=NOW - timedelta(days=5),
            expires_at=NOW + timedelta(days=days),
        )

    assert next_change(rule("points >= 5"), as_of=NOW) == NOW + timedelta(days=4)


def test_the_earlier_of_midnight_and_expiry_counts(settings) -> None:
    settings.TIME_ZONE = "UTC"
    add_points(member=MemberFactory(), points=5, reason="gift", at=NOW, expires_at=NOW + timedelta(hours=1))

    assert next_change(rule("points >= 5 and joined_at >= -7d"), as_of=NOW) == NOW + timedelta(hours=1)
