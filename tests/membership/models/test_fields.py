"""Fields and constraints that several models share."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from membership.models.fields import choice_check, currency, money, not_negative


class Colour(models.TextChoices):
    RED = "red"
    BLUE = "blue"


def test_money_has_three_decimals_and_is_never_negative() -> None:
    field = money()

    assert (field.max_digits, field.decimal_places) == (14, 3)
    with pytest.raises(ValidationError):
        field.run_validators(Decimal("-0.001"))


def test_a_currency_has_three_letters() -> None:
    assert currency(blank=True).max_length == 3


def test_constraints_name_all_choices_and_all_fields() -> None:
    assert choice_check(field="colour", choices=Colour, name="known").condition == Q(
        colour__in=["red", "blue"]
    )
    assert not_negative(fields=("a", "b"), name="x").condition == Q(a__gte=0) & Q(b__gte=0)
