"""Field and constraint builders that several models share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models


def money(**options: Any) -> models.DecimalField[Any, Decimal]:
    """An amount that is never negative; three decimals hold every current ISO 4217 currency."""
    return models.DecimalField(max_digits=14, decimal_places=3, validators=[MinValueValidator(0)], **options)


def currency(**options: Any) -> models.CharField[Any, str]:
    """A currency by its three letters of ISO 4217."""
    return models.CharField(max_length=3, **options)


def choice_check(*, field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    """A constraint by which the database refuses values of ``field`` that are not in ``choices``."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": choices.values}), name=name)


def not_negative(*, fields: tuple[str, ...], name: str) -> models.CheckConstraint:
    """A constraint by which the database refuses numbers below 0 in any of ``fields``."""
    condition = models.Q()
    for field in fields:
        condition &= models.Q(**{f"{field}__gte": 0})
    return models.CheckConstraint(condition=condition, name=name)
