"""Events as they come in."""

from __future__ import annotations

from typing import Any

import pytest

from membership.models import Event
from membership.orders.api.event_serializers import EventInput


def errors(**data: Any) -> dict[str, Any]:
    serializer = EventInput(data=data)
    serializer.is_valid()
    return dict(serializer.errors)


@pytest.mark.parametrize("kind", [kind for kind in Event.Type.values if kind != "search"])
def test_every_event_but_a_search_needs_a_product(kind: str) -> None:
    assert set(errors(type=kind)) == {"sku"}
    assert errors(type=kind, sku="TEA") == {}


def test_a_search_needs_no_product() -> None:
    assert errors(type="search", query="tea") == {}


def test_a_moment_keeps_its_offset_and_one_is_not_needed() -> None:
    serializer = EventInput(data={"type": "view", "sku": "TEA", "occurred_at": "2026-03-02T12:00:00+08:00"})
    assert serializer.is_valid()
    assert serializer.validated_data["occurred_at"].isoformat().startswith("2026-03-02T")
    assert serializer.validated_data["occurred_at"].utctimetuple().tm_hour == 4
    assert errors(type="view", sku="TEA") == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"type": "sneeze"}, "type"), ({"occurred_at": "soon"}, "occurred_at"), ({"sku": "x" * 61}, "sku"),
     ({"session": "x" * 65}, "session"), ({"query": "x" * 201}, "query"), ({"member": ""}, "member")],
)  # fmt: skip
def test_a_wrong_value_is_named_by_its_field(changes: dict[str, str], field: str) -> None:
    assert set(errors(**{"type": "view", "sku": "TEA", **changes})) == {field}
