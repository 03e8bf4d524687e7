from __future__ import annotations

from datetime import timedelta

import pytest

from membership.models import Product
from recommendations.models import RepeatGap
from recommendations.services.serving.buying_again import is_due, waits
from recommendations.services.serving.viewers import product_rows
from tests.factories import NOON, ProductFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def product(*, days: int | None = None, early: int | None = None, once: bool = False) -> Product:
    made = ProductFactory(buy_again_days=days)
    if early is not None:
        RepeatGap.objects.create(
            product=made, days=40, early_days=early, gaps=9, again_share=0.5, is_once=once, learned_at=NOON
        )
    return product_rows([made.pk])[made.pk]


@pytest.mark.parametrize(
    ("rule", "waiting", "due_after"),
    [
        ({}, False, 0),
        ({"days": 30}, True, 30),
        ({"days": 0}, True, None),
        ({"early": 9}, True, 9),
        ({"early": 0}, False, 0),
        ({"early": 9, "once": True}, True, None),
        ({"days": 3, "early": 9, "once": True}, True, 3),  # what staff say
        ({"days": 0, "early": 0}, True, None),
    ],
)
def test_when_a_product_may_be_offered_again(rule, waiting: bool, due_after: int | None):
    made = product(**rule)

    assert waits(made) is waiting
    due = [days for days in range(50) if is_due(made, bought_at=NOON, at=NOON + days * DAY)]
    assert due == ([] if due_after is None else list(range(due_after, 50)))


def test_days_are_the_shops():
    made = product(days=1)
    late = NOON.replace(hour=23)

    assert is_due(made, bought_at=late, at=late + timedelta(hours=2))
    assert not is_due(made, bought_at=late, at=late + timedelta(minutes=30))
