"""The database refuses what a field's choices do not name, and takes all that they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models

OURS = ("config", "fraud", "recommendations", "forecasts", "connectors", "membership", "registry")


def fields_with_choices() -> Iterator[Any]:
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            yield from (
                pytest.param(model, field, id=f"{model.__name__}.{field.name}")
                for field in model._meta.fields
                if field.choices
            )


def checked_values(model: type[models.Model], field: str) -> list[set[Any]]:
    choices: list[set[Any]] = []
    for constraint in model._meta.constraints:
        condition = constraint.condition if isinstance(constraint, models.CheckConstraint) else None
        if isinstance(condition, models.Q) and len(condition.children) == 1:
            child = condition.children[0]
            if isinstance(child, tuple) and child[0] == f"{field}__in":
                choices.append(set(child[1]))
    return choices


@pytest.mark.parametrize(("model", "field"), fields_with_choices())
def test_its_choices_are_those_that_the_database_takes(model: type[models.Model], field: Any) -> None:
    choices = {value for value, _label in field.flatchoices}

    assert checked_values(model, field.name) in ([choices], [choices | {""}])
