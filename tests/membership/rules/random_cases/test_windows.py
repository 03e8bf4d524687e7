"""``orders_7d >= 1`` and ``bought(within: 7d)`` ask the same: one definition of "within 7 days"."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from membership.members.figures import WINDOWS_DAYS, figures_as_of, refresh_features
from membership.models import Order
from membership.rules.compiling import members_of
from membership.rules.dates import window_start
from tests.factories import MemberFactory, OrderFactory
from tests.membership.rules.rule_texts import rule_of

pytestmark = pytest.mark.django_db
CHANGES = [
    ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC)),  # an hour is left out
    ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),  # an hour comes twice
    ("Africa/Cairo", datetime(2026, 4, 24, tzinfo=UTC)),  # midnight itself is left out
    ("Asia/Shanghai", datetime(2026, 2, 28, tzinfo=UTC)),
]


def found(text: str, as_of: datetime) -> set[int]:
    return set(members_of(rule_of(text), as_of=as_of).values_list("pk", flat=True))


def orders_around(day: datetime, *, rng: random.Random) -> None:
    """Orders at the edges of days, one to two weeks before the change of the clock to a week after it."""
    for _number in range(60):
        placed_at = day + timedelta(
            days=rng.randrange(-12, 9),
            hours=rng.choice((0, 4, 5, 16, 21, 22, 23)),
            seconds=rng.choice((-1, 0, 1)),
        )
        OrderFactory(member=MemberFactory(), placed_at=placed_at)


@pytest.mark.parametrize(("zone", "day"), CHANGES, ids=lambda value: str(value)[:10])
def test_figure_and_behaviour_agree_at_every_moment_as_of_which_the_figure_is(settings, zone, day) -> None:
    settings.TIME_ZONE = zone
    rng = random.Random(f"{zone} {day}")  # noqa: S311  # a seed, not a secret
    orders_around(day, rng=rng)

    for _number in range(12):
        as_of = day + timedelta(seconds=rng.randrange(9 * 86_400))
        refresh_features(as_of=as_of)
        assert figures_as_of() == as_of
        assert found("orders_7d >= 1", as_of) == found("bought(within: 7d)", as_of)
        assert found("orders_7d = 0", as_of) == found("not bought(within: 7d)", as_of)


@pytest.mark.parametrize(("zone", "day"), CHANGES, ids=lambda value: str(value)[:10])
def test_a_figure_of_midnight_is_right_until_the_next(settings, zone, day) -> None:
    settings.TIME_ZONE = zone
    orders_around(day, rng=random.Random(f"{day} {zone}"))  # noqa: S311  # a seed, not a secret
    begins = window_start(days=0, as_of=day + timedelta(hours=36))
    ends = window_start(days=0, as_of=begins + timedelta(hours=30))
    Order.objects.filter(placed_at__gte=begins, placed_at__lt=ends).delete()  # a new one renews the figure

    refresh_features(as_of=begins)

    for share in (0.0, 0.3, 0.6, 0.999):
        as_of = begins + (ends - begins) * share
        assert found("orders_7d >= 1", as_of) == found("bought(within: 7d)", as_of)


@pytest.mark.parametrize("days", WINDOWS_DAYS)
def test_a_window_is_that_day_and_later(settings, noon, days) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    inside = OrderFactory(placed_at=window_start(days=days, as_of=noon))
    OrderFactory(placed_at=inside.placed_at - timedelta(seconds=1))

    refresh_features(as_of=noon)

    assert (
        found(f"orders_{days}d >= 1", noon) == found(f"bought(within: {days}d)", noon) == {inside.member_id}
    )
    assert inside.placed_at.astimezone(ZoneInfo("Asia/Shanghai")).hour == 0
