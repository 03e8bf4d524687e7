"""Points as they come in."""

from __future__ import annotations

import pytest

from membership.loyalty.api.serializers import PointsInput


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"points": 0}, "points"),
        ({"points": -5, "expires_at": "2999-01-01T00:00:00Z"}, "expires_at"),
        ({"points": 10_000_001}, "points"),
        ({"points": 5, "reason": "x" * 81}, "reason"),
        ({"points": 5, "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ],
)
def test_invalid_points_are_refused_by_field(data, field) -> None:
    given = PointsInput(data={"reason": "gift", **data})

    assert not given.is_valid()
    assert set(given.errors) == {field}
