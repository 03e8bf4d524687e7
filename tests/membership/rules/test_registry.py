"""Fields that apps register for rules."""

from __future__ import annotations

import pytest

from membership.models import Member
from membership.rules import registry
from membership.rules.checking import OPERATORS_OF
from membership.rules.registry import FieldType, SegmentField, find_field, register_field, segment_fields


@pytest.fixture
def own_registry(monkeypatch) -> None:
    monkeypatch.setattr(registry, "_fields", dict(registry._fields))


def shoe_size(title: str = "shoe size") -> SegmentField:
    return SegmentField("shoe_size", title, FieldType.INTEGER, lambda as_of: Member.objects.values("pk"))


def test_a_registered_field_is_found_by_its_name(own_registry) -> None:
    register_field(shoe_size())

    assert find_field("shoe_size") == segment_fields()["shoe_size"]
    assert find_field("hat_size") is None


def test_registering_a_name_again_replaces_the_field(own_registry) -> None:
    register_field(shoe_size())
    register_field(shoe_size("size of shoes"))

    field = find_field("shoe_size")
    assert field is not None
    assert field.title == "size of shoes"


def test_fields_stand_in_the_order_of_their_names() -> None:
    names = list(segment_fields())
    assert names == sorted(names)
    assert {"tier", "points", "last_order_at", "churn_risk", "open_alerts"} <= set(names)


def test_every_type_has_operators_and_takes_is_set() -> None:
    assert set(OPERATORS_OF) == set(FieldType)
    assert all({"is set", "is unset"} <= set(operators) for operators in OPERATORS_OF.values())


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(segment_fields()))
def test_every_field_answers_with_a_member_and_a_value(name, noon) -> None:
    field = segment_fields()[name]

    rows = field.rows(noon)

    assert set(rows.values_list("member_id", "value")) == set()
    assert str(field.title)
    assert field.choices is None or all(isinstance(key, str) for key, _label in field.choices())
