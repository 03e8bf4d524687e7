"""Promotions as rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from forecasts.models import PlannedPromotion
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 2)


def promotion(**changes: object) -> PlannedPromotion:
    values = {
        "product": ProductFactory(),
        "starts_on": MONDAY,
        "ends_on": MONDAY + timedelta(days=6),
        **changes,
    }
    return PlannedPromotion(**values)


@pytest.mark.parametrize(
    "changes", [{"kind": "magic"}, {"ends_on": MONDAY - timedelta(days=1)}, {"share": 0.001}, {"share": 1.1}]
)
def test_an_impossible_promotion_is_refused_by_form_and_database(changes) -> None:
    with pytest.raises(ValidationError):
        promotion(**changes).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        promotion(**changes).save()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"share": float("nan")}, "share"), ({"ends_on": MONDAY + timedelta(days=366)}, "ends_on")],
)
def test_a_typing_mistake_is_refused_beside_its_field(changes, field) -> None:
    with pytest.raises(ValidationError) as caught:
        promotion(**changes).full_clean()

    assert field in caught.value.message_dict


def test_one_of_a_kind_begins_on_a_day() -> None:
    first = promotion()
    first.save()

    with pytest.raises(IntegrityError), transaction.atomic():
        promotion(product=first.product).save()
    promotion(product=first.product, kind="display").save()


@pytest.mark.parametrize(
    ("first", "last", "touches"), [(-9, -1, False), (-9, 0, True), (6, 9, True), (7, 9, False), (2, 3, True)]
)
def test_a_promotion_touches_a_span_that_shares_a_day_with_it(first, last, touches) -> None:
    promotion().save()
    span = MONDAY + timedelta(days=first), MONDAY + timedelta(days=last)

    assert PlannedPromotion.objects.touching(*span).exists() is touches


def test_the_longest_promotion_is_found_on_its_last_day() -> None:
    last = MONDAY + timedelta(days=365)
    promotion(ends_on=last).save()

    assert PlannedPromotion.objects.touching(last, last).exists()
